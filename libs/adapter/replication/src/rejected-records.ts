import { createHash } from 'node:crypto';
import type { ObjectStore } from '@data-master/ports';

/** A record of a source that is no change, and why. */
export interface RejectedRecord {
  /** Where it stands in the source's log. */
  origin: string;
  /** Holds nothing of the record but names. */
  reason: string;
  arrivedAt: Date;
  key: Uint8Array | null;
  value: Uint8Array | null;
}

/** Keeps records whole, as an object of lines under `errors/<task>/`, in the members that Firehose gives its failed records. Records that come again in the same batch are the same object. */
export async function keepRejected(store: ObjectStore, task: string, records: readonly RejectedRecord[]): Promise<void> {
  const lines = Buffer.from(records.map((record) => `${formatRejected(record)}\n`).join(''));
  await store.write(`errors/${task}/${createHash('sha256').update(lines).digest('hex').slice(0, 32)}.ndjson`, lines);
}

function formatRejected({ origin, reason, arrivedAt, key, value }: RejectedRecord): string {
  const base64 = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString('base64');
  return JSON.stringify({ errorCode: 'UnreadableRecord', errorMessage: reason, origin, arrivalTimestamp: arrivedAt.getTime(), rawKey: base64(key), rawData: base64(value) });
}
