import { once } from 'node:events';
import { checkStreamRecords, recordBytes, type ChangeStream, type ChangeStreamReader, type Clock, type ReceivedRecord } from '@data-master/ports';
import { createManualClock } from './environment.ts';

/** A stream in memory with one consumer, which forgets nothing. */
export interface MemoryChangeStream extends ChangeStream, ChangeStreamReader {
  /** As another process would find it that was started now. */
  reopen: () => ChangeStreamReader;
}

const partitions = 3;

/** A stream in memory; a key's partition is told by its length. */
export function createMemoryChangeStream({ clock = createManualClock(), maxRecordBytes = 100_000 }: { clock?: Clock; maxRecordBytes?: number } = {}): MemoryChangeStream {
  const stored = Array.from({ length: partitions }, (): (ReceivedRecord & { bytes: number })[] => []);
  const done = stored.map(() => 0);
  const appended = new EventTarget();
  const reader: ChangeStreamReader = {
    partitions,
    async read(partition, after, maxBytes) {
      let bytes = 0;
      let place = after;
      for (const record of stored[partition]!.slice(after)) {
        bytes += record.bytes;
        if (bytes > maxBytes && place > after) break;
        place += 1;
      }
      return { records: stored[partition]!.slice(after, place).map(({ id, data, arrivedAt }) => ({ id, data, arrivedAt })), place };
    },
    checkpoints: async () => [...done],
    async checkpoint(places) {
      for (const [partition, place] of places.entries()) done[partition] = Math.max(done[partition]!, place);
    },
    async wait(places, timeoutMs, signal) {
      if (stored.some(({ length }, partition) => length > places[partition]!)) return;
      await once(appended, 'appended', { signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]) }).catch(() => undefined);
    },
    async backlog() {
      const left = stored.flatMap((records, partition) => records.slice(done[partition]));
      const oldest = left.reduce<Date | undefined>((min, { arrivedAt }) => (min && min <= arrivedAt ? min : arrivedAt), undefined);
      return { records: left.length, bytes: left.reduce((sum, { bytes }) => sum + bytes, 0), ...(oldest && { oldestAt: oldest }) };
    },
  };
  return {
    ...reader,
    maxRecordBytes,
    async append(records) {
      checkStreamRecords(records, maxRecordBytes);
      for (const record of records) {
        const partition = record.partitionKey.length % partitions;
        const own = stored[partition]!;
        own.push({ id: `${partition}-${own.length}`, data: record.data.slice(), arrivedAt: clock.now(), bytes: recordBytes(record) });
      }
      appended.dispatchEvent(new Event('appended'));
    },
    reopen: () => reader,
  };
}
