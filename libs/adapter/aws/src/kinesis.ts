import { KinesisClient, PutRecordsCommand, type KinesisClientConfig } from '@aws-sdk/client-kinesis';
import { checkStreamRecords, recordBytes, type ChangeStream, type StreamRecord } from '@data-master/ports';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { withLakeErrors } from './aws-errors.ts';
import { putRecords } from './put-records.ts';

export interface KinesisStreamOptions {
  client: KinesisClient;
  streamName: string;
  /** Waits between two calls with the same records. */
  wait?: (ms: number) => Promise<unknown>;
}

/** A client that speaks HTTP/1.1, which is all that writing needs; the SDK's own speaks HTTP/2 alone, which no stand-in does. */
export const openKinesisClient = (config: KinesisClientConfig = {}): KinesisClient => new KinesisClient({ ...config, requestHandler: new NodeHttpHandler() });

/** What every stream takes, unless it was made for more. */
const maxRecordBytes = 2 ** 20;
const limits = { records: 500, bytes: 5 * 2 ** 20 };

/**
 * A stream of Kinesis. When it refuses some records of a call, as it does when a shard is throttled, these are put again with
 * all that follow them under the same key: some of a key come twice, and the last time in their order.
 */
export function createKinesisStream({ client, streamName, wait }: KinesisStreamOptions): ChangeStream {
  const action = `writing to Kinesis stream ${streamName}`;
  const put = async (records: StreamRecord[]) => {
    const { Records = [] } = await client.send(new PutRecordsCommand({ StreamName: streamName, Records: records.map(({ partitionKey, data }) => ({ PartitionKey: partitionKey, Data: data })) }));
    return Records.map(({ ErrorCode: code, ErrorMessage: message = '' }) => (code === undefined ? undefined : { code, message }));
  };
  return {
    maxRecordBytes,
    append: (records) => withLakeErrors(action, async () => {
      checkStreamRecords(records, maxRecordBytes);
      await putRecords(records, { action, limits, sizeOf: recordBytes, put, repeat: fromFirstRefusal, ...(wait && { wait }) });
    }),
  };
}

/** The records of a call that were refused, and those after them under their keys. */
function fromFirstRefusal(records: StreamRecord[], refused: number[]): StreamRecord[] {
  const indexes = new Set(refused);
  const behind = new Set<string>();
  return records.filter(({ partitionKey }, index) => {
    if (indexes.has(index)) behind.add(partitionKey);
    return behind.has(partitionKey);
  });
}
