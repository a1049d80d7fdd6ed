import type { FileIO } from './ports.ts';
import { predicatesSql, type BoundPredicate } from './predicates.ts';
import type { PlannedFile } from './snapshot-files.ts';
import { emptySelect, fieldIdSchema, identifier, textLiteral } from './sql-text.ts';
import type { Field } from './types.ts';

/** The relation of the planned files' rows, columns resolved by field id; the engine is told the rows, to order joins well. */
export function readFilesSql(io: FileIO, files: readonly PlannedFile[], fields: readonly Field[]): string {
  const paths = files.map(({ file }) => textLiteral(io.localPath(file.filePath)));
  const rows = files.reduce((sum, { file }) => sum + file.recordCount, 0);
  return `read_parquet([${paths.join(', ')}], schema = ${fieldIdSchema(fields)}, hive_partitioning = false, explicit_cardinality = ${rows})`;
}

/** A select of the columns from the planned files, restricted to rows that meet the conditions. */
export function scanSql(
  io: FileIO,
  files: readonly PlannedFile[],
  columns: readonly Field[],
  predicates: readonly BoundPredicate[],
): string {
  if (files.length === 0) return emptySelect(columns);
  const read = new Map([...columns, ...predicates.map(({ field }) => field)].map((field) => [field.id, field]));
  const where = predicatesSql(predicates);
  const names = columns.map((field) => identifier(field.name)).join(', ');
  return `SELECT ${names} FROM ${readFilesSql(io, files, [...read.values()])}${where === undefined ? '' : ` WHERE ${where}`}`;
}
