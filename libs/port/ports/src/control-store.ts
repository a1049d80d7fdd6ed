import type { ControlRecord, ControlStatus, SchemaName } from '@data-master/control-records';

/** One part of an all-or-nothing commit. */
export type ControlChange =
  /** Skipped when a record of this control_id exists. */
  | { insert: ControlRecord }
  /** `next` must hold `previous.version + 1`; the commit fails when the stored version differs from `previous`. */
  | { previous: ControlRecord; next: ControlRecord };

export interface ControlQuery {
  schemaName?: SchemaName;
  tableName?: string;
  status?: ControlStatus;
}

/** The processing-control table. Each change that leaves a record pending also becomes a `control.pending` event in the same commit. */
export interface ControlStore {
  get(controlId: string): Promise<ControlRecord | undefined>;
  /** Applies all changes or none; false when a record was changed by somebody else meanwhile. At most 100 changes. */
  commit(changes: ControlChange[]): Promise<boolean>;
  /** In ascending order of created_at, control_id. */
  query(query: ControlQuery): AsyncIterable<ControlRecord>;
  byObjectKey(objectKey: string): Promise<ControlRecord[]>;
  byChecksum(tableName: string, checksum: string): Promise<ControlRecord[]>;
}
