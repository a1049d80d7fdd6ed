import type { LiveFile } from './delete-files.ts';
import type { LocalPaths } from './local-paths.ts';
import { fieldIdSchema, textLiteral } from './sql-text.ts';
import type { Field } from './types.ts';

/** `read_parquet` of the files with columns resolved by field id, deleted rows included. */
export function readFilesSql(localPaths: LocalPaths, files: readonly LiveFile[], fields: readonly Field[]): string {
  const paths = files.map(({ file }) => textLiteral(localPaths.of(file.filePath)));
  const rows = files.reduce((sum, { file }) => sum + file.recordCount, 0);
  return `read_parquet([${paths.join(', ')}], schema = ${fieldIdSchema(fields)}, hive_partitioning = false, explicit_cardinality = ${rows})`;
}

/** The value of a list at an index that counts from 0. */
export function pickSql(values: readonly (number | bigint)[], index: string): string {
  return `list_extract([${values.join(', ')}]::BIGINT[], (${index} + 1)::BIGINT)`;
}
