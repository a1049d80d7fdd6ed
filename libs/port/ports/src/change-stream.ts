import { TerminalError } from './errors.ts';

/** A record of a stream: bytes that keep their order among those of the same key. */
export interface StreamRecord {
  /** 1 to 256 characters. */
  partitionKey: string;
  data: Uint8Array;
}

/** A durable stream of records, partitioned by key and ordered within a key. */
export interface ChangeStream {
  /** Longest record, key and data together. */
  readonly maxRecordBytes: number;
  /**
   * Appends records in their order and returns when all are durable. After a failure some may be there: append them all
   * again, in the same order. A record that is too long is a TerminalError, and none is appended.
   */
  append: (records: readonly StreamRecord[]) => Promise<void>;
}

/** A record as a consumer gets it. */
export interface ReceivedRecord {
  /** Unique in its stream. */
  id: string;
  data: Uint8Array;
  arrivedAt: Date;
}

/** What a consumer has not done with. */
export interface StreamBacklog {
  records: number;
  /** Of keys and data. */
  bytes: number;
  /** When the oldest of them arrived; undefined when there are none. */
  oldestAt?: Date;
}

/** A stream as one consumer reads it: each partition in its order, as often as it likes until it has done with it. */
export interface ChangeStreamReader {
  readonly partitions: number;
  /** The next records of a partition after a place, at most `maxBytes` but where they were appended as one; none at its end. */
  read: (partition: number, after: number, maxBytes: number) => Promise<{ records: ReceivedRecord[]; place: number }>;
  /** Of each partition the place up to which the consumer has done with it; 0 is the beginning. */
  checkpoints: () => Promise<number[]>;
  /** Makes places durable, never earlier ones than before; the stream forgets what all its consumers have done with. */
  checkpoint: (places: readonly number[]) => Promise<void>;
  /** Returns when a partition has records after its place, else after `timeoutMs` or when the signal says so. */
  wait: (places: readonly number[], timeoutMs: number, signal?: AbortSignal) => Promise<void>;
  backlog: () => Promise<StreamBacklog>;
}

const maxKeyLength = 256;

export const recordBytes = ({ partitionKey, data }: StreamRecord): number => Buffer.byteLength(partitionKey) + data.length;

/** Throws a TerminalError that names the first record which a stream cannot take. */
export function checkStreamRecords(records: readonly StreamRecord[], maxRecordBytes: number): void {
  for (const record of records) {
    const { length } = record.partitionKey;
    if (length < 1 || length > maxKeyLength) throw new TerminalError(`a partition key has ${length} characters; expected 1 to ${maxKeyLength}; shorten it by a hash`);
    const bytes = recordBytes(record);
    if (bytes > maxRecordBytes) throw new TerminalError(`a record of ${JSON.stringify(record.partitionKey.split(':')[0])} has ${bytes} bytes; expected at most ${maxRecordBytes}; bring it to the lake as a file`);
  }
}
