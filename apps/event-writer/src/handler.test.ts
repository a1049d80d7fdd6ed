import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { parseAvroFile } from '@data-master/avro';
import { createS3ObjectStore } from '@data-master/aws/s3';
import { describeWithMoto, makeFirehoseStream, makeLakeResources, makeQueue, openRequestGate, startLambda, type LakeResources, type LambdaProcess } from '@data-master/aws/testing';
import { parseRawKey } from '@data-master/medallion-paths';
import { collect } from '@data-master/testing';

const handler = join(import.meta.dirname, 'handler.ts');
const schemas = join(import.meta.dirname, '../../../schemas');
/** As AWS documents it. */
const documented = JSON.parse(readFileSync(join(import.meta.dirname, '../testdata/sqs-event.json'), 'utf8')) as { Records: [{ messageId: string; attributes: { SentTimestamp: string } }] };
const batch = (bodies: Record<string, string>) => ({ Records: Object.entries(bodies).map(([messageId, body]) => ({ ...documented.Records[0], messageId, body })) });
const review = (id: number, more: object = {}): string => JSON.stringify({
  event: 'review_posted', version: 1, event_id: `3f0c6a3e-6d0f-4d4b-9a52-00000000000${id}`, occurred_at: '2026-03-01T12:00:00Z',
  review: { review_id: id, brewery_id: 2, beer_id: 3, profile_id: 4, review_overall: 4.5 }, ...more,
});
const tapped = JSON.stringify({
  $schema: 'http://json-schema.org/draft-07/schema#', 'x-compatibility': 'backward', 'x-delivery': 'json', type: 'object', additionalProperties: false, required: ['event', 'version'],
  properties: { event: { type: 'string' }, version: { type: 'integer' }, n: { type: 'integer' } },
});

await describeWithMoto('the event writer', (moto) => {
  let lake: LakeResources;
  let dead: Awaited<ReturnType<typeof makeQueue>>;
  let firehose: Awaited<ReturnType<typeof makeFirehoseStream>>;
  let writer: LambdaProcess;
  const cleaning: (() => unknown)[] = [];

  beforeAll(async () => {
    const onEnd = (clean: () => unknown) => void cleaning.push(clean);
    lake = await makeLakeResources(moto(), onEnd);
    [dead, firehose] = [await makeQueue(moto(), onEnd), await makeFirehoseStream(moto(), onEnd)];
    for (const file of readdirSync(schemas, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))) await lake.stage.write(`schemas/${file}`, readFileSync(join(schemas, file)));
    await lake.stage.write('schemas/beer_tapped/1.json', Buffer.from(tapped));
    writer = start({});
  });
  afterAll(async () => {
    for (const clean of cleaning) await clean();
  });

  const start = (environment: Record<string, string>): LambdaProcess => {
    const started = startLambda(handler, { ...lake.environment, DM_DEAD_QUEUE_URL: dead.queueUrl, DM_EVENT_STREAM: firehose.streamName, ...environment });
    cleaning.push(() => started.close());
    return started;
  };
  const rawKeys = async (): Promise<string[]> => (await collect(lake.stage.list('raw/review_posted/'))).map(({ key }) => key);
  const readAvro = async (key: string) => parseAvroFile(Buffer.concat(await collect(lake.stage.read(key))));
  const delivered = async (): Promise<string> => {
    const store = createS3ObjectStore(firehose.s3);
    return (await Promise.all((await collect(store.list('raw/'))).map(async ({ key }) => Buffer.concat(await collect(store.read(key))).toString()))).join('');
  };

  it('writes events as one Avro file, the same however often the batch comes', async () => {
    const events = batch({ m1: review(1), m2: review(2) });
    expect(await writer.invoke(events)).toEqual({ batchItemFailures: [] });
    expect(await writer.invoke(events)).toEqual({ batchItemFailures: [] });
    const [key = '', ...others] = await rawKeys();
    expect(others).toEqual([]);
    expect(parseRawKey(key)).toMatchObject({ table: 'review_posted', way: 'events', prefix: 'dm', at: new Date(Math.floor(Number(documented.Records[0].attributes.SentTimestamp) / 1_000) * 1_000) });
    expect((await readAvro(key)).records.map((record) => record['event_id'])).toEqual([1, 2].map((id) => `3f0c6a3e-6d0f-4d4b-9a52-00000000000${id}`));
    expect(await writer.logged(({ event }) => event === 'events.written')).toMatchObject({ app: 'event-writer', written: 2, quarantined: 0, failed: 0 });
  });

  it('hands events to Firehose whose schema says so, each as a record', async () => {
    const lines = [1, 2].map((n) => JSON.stringify({ event: 'beer_tapped', version: 1, n }));
    expect(await writer.invoke(batch({ m3: lines[0]!, m4: lines[1]! }))).toEqual({ batchItemFailures: [] });
    expect(await delivered()).toBe(lines.join(''));
  });

  it('keeps what is no longer valid, and its neighbours go on', async () => {
    expect(await writer.invoke(batch({ m5: review(5, { version: 9 }), m6: review(6) }))).toEqual({ batchItemFailures: [] });
    expect(await lake.stage.head('quarantine/events/m5.json')).toBeDefined();
    const { Messages } = await dead.client.send(new ReceiveMessageCommand({ QueueUrl: dead.queueUrl, MessageAttributeNames: ['All'] }));
    expect(Messages).toMatchObject([{ Body: review(5, { version: 9 }), MessageAttributes: { quarantineKey: { StringValue: 'quarantine/events/m5.json' } } }]);
    expect(await rawKeys()).toHaveLength(2);
  });

  it('hands back the events of the delivery that failed, and of no other', async () => {
    const gone = start({ DM_EVENT_STREAM: 'missing' });
    expect(await gone.invoke(batch({ m7: '{"event":"beer_tapped","version":1}', m8: review(8) }))).toEqual({ batchItemFailures: [{ itemIdentifier: 'm7' }] });
    expect(await gone.logged(({ event }) => event === 'events.not_written')).toMatchObject({ error: expect.stringMatching(/Firehose stream missing failed.*deploy the stack/) as unknown });
    expect(await rawKeys()).toHaveLength(3);

    const gate = await openRequestGate(moto().endpoint, ({ method, url }) => (method === 'PUT' && url.includes('/raw/') ? 503 : true));
    cleaning.push(() => gate.close());
    const disturbed = start({ AWS_ENDPOINT_URL: gate.endpoint, AWS_MAX_ATTEMPTS: '1' });
    expect(await disturbed.invoke(batch({ m9: review(9), m10: '{"event":"beer_tapped","version":1,"n":10}' }))).toEqual({ batchItemFailures: [{ itemIdentifier: 'm9' }] });
    expect(await delivered()).toContain('"n":10');
    expect(await rawKeys()).toHaveLength(3);
    expect(await writer.invoke(batch({ m9: review(9) }))).toEqual({ batchItemFailures: [] });
    expect(await rawKeys()).toHaveLength(4);
  });

  it('refuses a batch without the times of its messages, which name the objects', async () => {
    await expect(writer.invoke({ Records: [{ messageId: 'm', body: '{}' }] })).rejects.toMatchObject({ name: 'TerminalError', message: expect.stringContaining('Records.0.attributes') as unknown });
  });
});
