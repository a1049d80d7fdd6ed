import { randomUUID } from 'node:crypto';
import { CreateDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose';
import { CreateStreamCommand, GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { ManualClock } from '@data-master/testing';
import { openKinesisClient } from '../kinesis.ts';
import type { Moto } from './moto.ts';
import { makeBucket, type OnEnd } from './parts.ts';

type Handler<Args, Result> = (args: Args) => Promise<Result>;
interface Client<Args, Result> {
  middlewareStack: { add: (middleware: (next: Handler<Args, Result>, context: { commandName?: string }) => Handler<Args, Result>, options: { step: 'initialize' | 'build' }) => void };
}

/** A queue with a dead-letter queue. With a clock, SQS counts times by it. */
export async function makeQueue({ config }: Pick<Moto, 'config'>, onEnd: OnEnd, clock?: ManualClock): Promise<{ client: SQSClient; queueUrl: string; deadUrl: string }> {
  const client = new SQSClient({ ...config });
  onEnd(() => client.destroy());
  if (clock) followClock(client, clock);
  const name = `queue-${randomUUID()}`;
  const { QueueUrl: deadUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: `${name}-dead` }));
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl: deadUrl, AttributeNames: ['QueueArn'] }));
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 1000 });
  const { QueueUrl: queueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: { RedrivePolicy } }));
  return { client, queueUrl, deadUrl };
}

/** moto forgets messages that are old by the machine's time, so time goes on from there; each request takes a little of it. */
function followClock(client: SQSClient, clock: ManualClock): void {
  const offsetMs = Date.now() - clock.now().getTime();
  let requests = 0;
  (client as unknown as Client<{ request: { headers: Record<string, string> } }, unknown>).middlewareStack.add((next) => (args) => {
    requests += 1;
    args.request.headers['x-test-time'] = String(clock.now().getTime() + offsetMs + requests / 1000);
    return next(args);
  }, { step: 'build' });
}

/** A stream of three shards, and all of its data, shard after shard. */
export async function makeKinesisStream({ config }: Pick<Moto, 'config'>, onEnd: OnEnd): Promise<{ client: KinesisClient; streamName: string; readAll: () => Promise<Uint8Array[]> }> {
  const client = openKinesisClient(config);
  onEnd(() => client.destroy());
  const StreamName = `stream-${randomUUID()}`;
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 3 }));
  const readShard = async (ShardId: string | undefined): Promise<Uint8Array[]> => {
    let { ShardIterator } = await client.send(new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
    const all: Uint8Array[] = [];
    for (;;) {
      const { Records = [], NextShardIterator } = await client.send(new GetRecordsCommand({ ShardIterator }));
      if (Records.length === 0) return all;
      all.push(...Records.map(({ Data = new Uint8Array() }) => Data));
      ShardIterator = NextShardIterator;
    }
  };
  return {
    client,
    streamName: StreamName,
    readAll: async () => (await Promise.all(((await client.send(new ListShardsCommand({ StreamName }))).Shards ?? []).map(({ ShardId }) => readShard(ShardId)))).flat(),
  };
}

/** A stream of Firehose into a bucket of its own; moto writes an object for each call. */
export async function makeFirehoseStream(moto: Moto, onEnd: OnEnd): Promise<{ client: FirehoseClient; streamName: string; s3: Awaited<ReturnType<typeof makeBucket>> }> {
  const s3 = await makeBucket(moto, onEnd);
  const client = new FirehoseClient({ ...moto.config });
  onEnd(() => client.destroy());
  const streamName = `firehose-${randomUUID()}`;
  await client.send(new CreateDeliveryStreamCommand({
    DeliveryStreamName: streamName, DeliveryStreamType: 'DirectPut',
    ExtendedS3DestinationConfiguration: { RoleARN: 'arn:aws:iam::123456789012:role/any', BucketARN: `arn:aws:s3:::${s3.bucket}`, Prefix: 'raw/' },
  }));
  return { client, streamName, s3 };
}

/** Parts of what PutRecords and PutRecordBatch say. */
interface PutAnswer {
  output: Partial<Record<'Records' | 'RequestResponses', object[]>>;
}

/** Lets a client's put commands refuse the records of which `isRefused` says so; the service gets only the others. */
export function refuseRecords(client: unknown, isRefused: (index: number, call: number) => boolean): { calls: () => number } {
  let calls = 0;
  (client as Client<{ input: { Records: unknown[] } }, PutAnswer>).middlewareStack.add((next, { commandName = '' }) => async (args) => {
    const member = { PutRecordsCommand: 'Records', PutRecordBatchCommand: 'RequestResponses' }[commandName] as 'Records' | 'RequestResponses' | undefined;
    if (!member) return next(args);
    calls += 1;
    const refused = args.input.Records.map((_, index) => isRefused(index, calls));
    const taken = args.input.Records.filter((_, index) => !refused[index]);
    const answer = taken.length > 0 ? await next({ ...args, input: { ...args.input, Records: taken } }) : { output: { [member]: [] } };
    const answers = [...(answer.output[member] ?? [])];
    const refusal = { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Rate exceeded for shard' };
    return { ...answer, output: { ...answer.output, [member]: refused.map((isOut) => (isOut ? refusal : answers.shift()!)) } };
  }, { step: 'initialize' });
  return { calls: () => calls };
}
