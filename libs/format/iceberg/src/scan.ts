import { liveRowsSql, type RowSource } from './live-rows.ts';
import { predicatesSql, type BoundPredicate } from './predicates.ts';
import { emptySelect, identifier } from './sql-text.ts';
import type { Field } from './types.ts';

/** A select of the columns from the files, without deleted rows, restricted to rows that meet the conditions. */
export function scanSql(
  source: RowSource,
  columns: readonly Field[],
  predicates: readonly BoundPredicate[],
): string {
  if (source.files.length === 0) return emptySelect(columns);
  const read = new Map([...columns, ...predicates.map(({ field }) => field)].map((field) => [field.id, field]));
  const where = predicatesSql(predicates);
  const names = columns.map((field) => identifier(field.name)).join(', ');
  return `SELECT ${names} FROM ${liveRowsSql(source, [...read.values()])}${where === undefined ? '' : ` WHERE ${where}`}`;
}
