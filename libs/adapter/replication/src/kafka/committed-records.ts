import type { KafkaRecord, RecordsBatch } from '@platformatic/kafka';

/** What a broker answers for a partition. */
export interface FetchedPartition {
  partitionIndex: number;
  records?: RecordsBatch[] | null | undefined;
  abortedTransactions: { producerId: bigint; firstOffset: bigint }[] | null;
}

/** A record of a partition. */
export interface TopicRecord {
  offset: bigint;
  timestampMs: bigint;
  key: Buffer | null;
  value: Buffer | null;
}

const transactionalBit = 1 << 4;
const controlBit = 1 << 5;

/**
 * The records of a fetched partition from an offset on, without those of transactions that were aborted, which brokers
 * send and name; and the offset after all that came, which is undefined when nothing did.
 */
export function committedRecords({ records: batches, abortedTransactions }: Pick<FetchedPartition, 'records' | 'abortedTransactions'>, from: bigint): { records: TopicRecord[]; nextOffset?: bigint } {
  const pending = [...(abortedTransactions ?? [])].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  const aborted = new Set<bigint>();
  const records: TopicRecord[] = [];
  let nextOffset: bigint | undefined;
  for (const batch of batches ?? []) {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    nextOffset = last + 1n;
    while (pending[0] && pending[0].firstOffset <= last) aborted.add(pending.shift()!.producerId);
    if (batch.attributes & controlBit) {
      if (endsAborted(batch)) aborted.delete(batch.producerId);
      continue;
    }
    if (batch.attributes & transactionalBit && aborted.has(batch.producerId)) continue;
    for (const record of batch.records) {
      const offset = batch.firstOffset + BigInt(record.offsetDelta);
      if (offset >= from) records.push({ offset, timestampMs: timestampOf(batch, record), key: record.key, value: record.value });
    }
  }
  return { records, ...(nextOffset !== undefined && { nextOffset }) };
}

const appendTimeBit = 1 << 3;

function timestampOf(batch: RecordsBatch, { timestampDelta }: KafkaRecord): bigint {
  return batch.attributes & appendTimeBit ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta;
}

/** The key of a control record is its version and its type, of which 0 is an abort. */
function endsAborted({ records: [marker] }: RecordsBatch): boolean {
  return marker?.key?.readInt16BE(2) === 0;
}
