import type { ReceivedRecord } from '@data-master/ports';

/** A record that is no change, whole, in the members that Firehose gives a record whose transformation failed, but for those of its Lambda. */
export function formatFailedRecord({ data, arrivedAt }: ReceivedRecord, reason: string): string {
  return JSON.stringify({
    attemptsMade: 1, arrivalTimestamp: arrivedAt.getTime(), errorCode: 'ProcessingFailed', errorMessage: reason,
    rawData: Buffer.from(data.buffer, data.byteOffset, data.length).toString('base64'),
  });
}
