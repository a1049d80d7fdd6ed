import type { ChangeOperation } from './operations.ts';

/** What every record of a change stream says of itself. */
interface EventBase {
  schemaName: string;
  tableName: string;
  /** When the record came to be: the commit of a change, the snapshot of a load. UTC, `YYYY-MM-DDTHH:MM:SS.ffffffZ`. */
  timestamp: string;
  partitionKeyType?: string;
}

/** A row of a table, loaded or changed. */
export interface ChangeEvent extends EventBase {
  kind: 'data';
  operation: ChangeOperation;
  /** JSON text of one flat object: the row, of a delete at least its key; numbers with every digit of the source. */
  data: string;
  /** The row before the change, as `data`. */
  beforeImage?: string;
  transactionId?: string;
  commitTimestamp?: string;
  /** Position in the source's log. */
  streamPosition?: string;
  /** Names the row within its table, where the source tells; no part of the envelope. */
  rowKey?: string;
}

/** Something that happened to a table: made, changed, dropped, emptied. */
export interface ControlEvent extends EventBase {
  kind: 'control';
  operation: string;
  /** JSON text of an object that says more. */
  control?: string;
}

export type StreamEvent = ChangeEvent | ControlEvent;
