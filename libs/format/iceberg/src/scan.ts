import { liveRowsSql, orderForReading, type RowSource } from './live-rows.ts';
import { predicatesSql, type BoundPredicate } from './predicates.ts';
import type { PlannedFile } from './snapshot-files.ts';
import { emptySelect, identifier } from './sql-text.ts';
import type { Field } from './types.ts';

/** A select of the columns from the planned files, without deleted rows, restricted to rows that meet the conditions. */
export function scanSql(
  source: RowSource,
  files: readonly PlannedFile[],
  columns: readonly Field[],
  predicates: readonly BoundPredicate[],
): string {
  if (files.length === 0) return emptySelect(columns);
  const read = new Map([...columns, ...predicates.map(({ field }) => field)].map((field) => [field.id, field]));
  const where = predicatesSql(predicates);
  const names = columns.map((field) => identifier(field.name)).join(', ');
  const rows = liveRowsSql(source, orderForReading(files), [...read.values()]);
  return `SELECT ${names} FROM ${rows}${where === undefined ? '' : ` WHERE ${where}`}`;
}
