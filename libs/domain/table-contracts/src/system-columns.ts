import type { Column } from './columns.ts';

export const operations = ['load', 'insert', 'update', 'delete'] as const;
/** What happened to the row at its source; `load` is a row of a full extract. */
export type Operation = (typeof operations)[number];

const system = (id: number, name: string, type: Column['type'], required: boolean, doc: string): Column => ({ id, name, type, required, doc });

const position = system(1003, '_position', 'string', false, 'position in the source log, or the raw object, of the change that gave the values; compares as text');

/** The columns that every bronze row ends with. */
export const bronzeSystemColumns: readonly Column[] = [
  system(1001, 'operation', 'string', true, 'load, insert, update or delete'),
  system(1002, '_commit_time', 'timestamp', true, 'when the change was committed at its source; the arrival of a file that does not say'),
  { ...position, required: true },
  system(1004, '_source_key', 'string', true, 'raw object the row came from'),
  system(1005, '_row', 'long', true, 'number of the record in the raw object, from 1, header not counted'),
];

/**
 * The columns that every silver row ends with. A row holds the values of the latest change that carried some and,
 * while it is deleted, the latest delete: each side only ever moves forward, so any order of arrival ends the same.
 */
export const silverSystemColumns: readonly Column[] = [
  system(1011, 'created_at', 'timestamp', true, 'earliest commit time of a change to the row'),
  system(1012, 'updated_at', 'timestamp', false, 'commit time of the change that gave the values; null for a tombstone of a row never seen'),
  system(1013, 'deleted_at', 'timestamp', false, 'commit time of the delete; null while the row lives'),
  position,
  system(1014, '_deleted_position', 'string', false, 'position of the delete; null while the row lives'),
];

/** Columns an input file may have besides those of its table, to say what it knows of the change. */
export const changeColumns: readonly Column[] = [
  system(1001, 'operation', 'string', false, 'load, insert, update or delete; load when absent'),
  system(1002, '_commit_time', 'timestamp', false, 'when the change was committed at its source'),
  system(1003, '_position', 'string', false, 'position in the source log'),
];
