import type { Column } from './columns.ts';
import { dialectsOf } from './logical-types.ts';

export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A DuckDB relation over Parquet files that finds columns by field id, so that files of older contracts read as well. */
export function emitDuckDbScan(columns: readonly Column[], paths: readonly string[]): string {
  const schema = columns.map(({ id, name, type }) => `${id}: {name: ${quoteText(name)}, type: ${quoteText(dialectsOf(type).duckdb)}, default_value: NULL}`);
  return `read_parquet([${paths.map(quoteText).join(', ')}], schema = MAP {${schema.join(', ')}})`;
}

/** The calendar part of an epoch in seconds, UTC, as DuckDB computes it. */
export function emitDuckDbEpochPart(part: 'year' | 'month', expression: string): string {
  return `CAST(${part}(make_timestamp(${expression} * 1000000)) AS INTEGER)`;
}
