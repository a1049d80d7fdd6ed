import type { Column } from './columns.ts';
import { dialectsOf } from './logical-types.ts';

export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * A DuckDB relation over Parquet files that finds columns by field id, so that files of older contracts read as well;
 * without files it has the columns and no rows.
 */
export function emitDuckDbScan(columns: readonly Column[], paths: readonly string[]): string {
  if (paths.length === 0) return `(SELECT ${columns.map(({ name, type }) => `CAST(NULL AS ${dialectsOf(type).duckdb}) AS ${quoteIdentifier(name)}`).join(', ')} WHERE FALSE)`;
  const schema = columns.map(({ id, name, type }) => `${id}: {name: ${quoteText(name)}, type: ${quoteText(dialectsOf(type).duckdb)}, default_value: NULL}`);
  return `read_parquet([${paths.map(quoteText).join(', ')}], schema = MAP {${schema.join(', ')}})`;
}
