import { PutRecordBatchCommand, type FirehoseClient } from '@aws-sdk/client-firehose';
import { TerminalError } from '@data-master/ports';
import { withLakeErrors } from './aws-errors.ts';
import { putRecords } from './put-records.ts';

export interface FirehoseOptions {
  client: FirehoseClient;
  streamName: string;
  /** Waits between two calls with the same records. */
  wait?: (ms: number) => Promise<unknown>;
}

/** A delivery of records into objects, by size and time. */
export interface FirehoseDelivery {
  readonly maxRecordBytes: number;
  /**
   * Hands records over and returns when all are taken. After a failure some may be: hand them all over again. A record that
   * is too long is a TerminalError, and none is handed over.
   */
  put: (records: readonly Uint8Array[]) => Promise<void>;
}

const maxRecordBytes = 1_000 * 1_024;
const limits = { records: 500, bytes: 4 * 2 ** 20 };

/** A stream of Firehose with direct put. What it refuses of a call is put again, so that records may change their order. */
export function createFirehoseDelivery({ client, streamName, wait }: FirehoseOptions): FirehoseDelivery {
  const action = `delivering to Firehose stream ${streamName}`;
  const put = async (records: Uint8Array[]) => {
    const { RequestResponses = [] } = await client.send(new PutRecordBatchCommand({ DeliveryStreamName: streamName, Records: records.map((Data) => ({ Data })) }));
    return RequestResponses.map(({ ErrorCode: code, ErrorMessage: message = '' }) => (code === undefined ? undefined : { code, message }));
  };
  return {
    maxRecordBytes,
    put: (records) => withLakeErrors(action, async () => {
      const long = records.find(({ length }) => length > maxRecordBytes);
      if (long) throw new TerminalError(`a record for Firehose stream ${streamName} has ${long.length} bytes; expected at most ${maxRecordBytes}; deliver it another way`);
      await putRecords(records, { action, limits, sizeOf: ({ length }) => length, put, repeat: (call, refused) => refused.map((index) => call[index]!), ...(wait && { wait }) });
    }),
  };
}
