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
