import type { StreamEvent } from '@data-master/change-events';

/** A part of a full load: rows of one table as CSV. */
export interface LoadPart {
  tableName: string;
  /** The same whenever the part is taken again. */
  partId: string;
  /** Of the snapshot that the rows belong to. */
  loadedAt: Date;
  /** CSV with a header, RFC 4180; an empty cell without quotes is null. */
  rows: AsyncIterable<Uint8Array>;
}

/** Where a replication brings changes: a stream, or files. */
export interface ChangeTarget {
  /**
   * Takes events in the order of the source's log and returns when all are durable: only then the source forgets them.
   * After a failure or a crash they come again, in batches that may be cut elsewhere.
   */
  write: (events: readonly StreamEvent[]) => Promise<void>;
  /** Takes loaded rows as they come from the source, where the target can; otherwise they come as events. */
  load?: (part: LoadPart) => Promise<void>;
}
