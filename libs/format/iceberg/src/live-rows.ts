import { positionDeleteIds, scopeKey, type LiveFile } from './delete-files.ts';
import type { TableState } from './catalog.ts';
import { UnsupportedFeatureError } from './errors.ts';
import { fileContent } from './manifests.ts';
import { currentSchema, type TableMetadata } from './metadata.ts';
import type { FileIO, IcebergPorts } from './ports.ts';
import type { PlannedFile } from './snapshot-files.ts';
import { fieldIdSchema, identifier, textLiteral } from './sql-text.ts';
import { isPrimitive, type Field } from './types.ts';

/** What reading rows needs to know beside the files. */
export interface RowSource {
  io: FileIO;
  metadata: TableMetadata;
}

/** Files without deletes first, in which order the rows of `liveRowsSql` number them. */
export function orderForReading(files: readonly PlannedFile[]): PlannedFile[] {
  return [...files.filter((file) => file.deletes.length === 0), ...files.filter((file) => file.deletes.length > 0)];
}

/**
 * A relation of the rows that are not deleted, columns resolved by field id, in parentheses.
 * Beside the columns it has `__file`, the index into `files` (which are ordered by `orderForReading`), and `__row`, the row's
 * position in its file. The engine is told the rows, to order joins well.
 */
export function liveRowsSql(source: RowSource, files: readonly PlannedFile[], fields: readonly Field[]): string {
  const clean = files.filter((file) => file.deletes.length === 0);
  const dirty = files.slice(clean.length);
  const parts: string[] = [];
  if (clean.length > 0) parts.push(`SELECT *, file_index::INTEGER AS __file, file_row_number AS __row FROM ${readFilesSql(source.io, clean, fields)}`);
  if (dirty.length > 0) parts.push(withoutDeletedSql(source, dirty, clean.length, fields));
  return `(${parts.join(' UNION ALL ')})`;
}

/** Counts the rows of files that are not deleted; reads only files that have deletes. */
export async function countLiveRows({ ports }: { ports: IcebergPorts }, { metadata }: TableState, files: readonly PlannedFile[]): Promise<number> {
  const dirty = files.filter((file) => file.deletes.length > 0);
  const clean = files.filter((file) => file.deletes.length === 0).reduce((sum, { file }) => sum + file.recordCount, 0);
  if (dirty.length === 0) return clean;
  const [row] = await ports.engine.rows(`SELECT count(*) AS live FROM ${liveRowsSql({ io: ports.io, metadata }, dirty, currentSchema(metadata).fields)}`);
  return clean + Number(row?.['live']);
}

/** `read_parquet` of the files with columns resolved by field id, deleted rows included. */
export function readFilesSql(io: FileIO, files: readonly LiveFile[], fields: readonly Field[]): string {
  const paths = files.map(({ file }) => textLiteral(io.localPath(file.filePath)));
  const rows = files.reduce((sum, { file }) => sum + file.recordCount, 0);
  return `read_parquet([${paths.join(', ')}], schema = ${fieldIdSchema(fields)}, hive_partitioning = false, explicit_cardinality = ${rows})`;
}

function withoutDeletedSql(source: RowSource, files: readonly PlannedFile[], firstIndex: number, fields: readonly Field[]): string {
  const deletes = [...new Map(files.flatMap((file) => file.deletes).map((entry) => [entry.file.filePath, entry])).values()];
  const positions = deletes.filter(({ file }) => file.content === fileContent.positionDeletes);
  const equalities = deletes.filter(({ file }) => file.content === fileContent.equalityDeletes);
  const wanted = new Set(fields.map((field) => field.id));
  const hidden = [...new Set(equalities.flatMap(({ file }) => file.equalityIds ?? []))]
    .filter((id) => !wanted.has(id))
    .map((id, index): Field => ({ ...equalityField(source.metadata, id, equalities), name: `__equality_${index}` }));
  const read = [...fields, ...hidden];
  const names = fields.map((field) => `t.${identifier(field.name)}`).join(', ');
  const joins = [
    ...(positions.length === 0 ? [] : [positionJoinSql(source.io, files, positions)]),
    ...[...Map.groupBy(equalities, groupKey).values()].map((group, index) => equalityJoinSql(source.io, files, group, read, `e${index}`)),
  ];
  return `SELECT ${names}, (t.__local + ${firstIndex})::INTEGER AS __file, t.__row
    FROM (SELECT *, file_index::INTEGER AS __local, file_row_number AS __row FROM ${readFilesSql(source.io, files, read)}) t ${joins.join(' ')}`;
}

function groupKey({ file, spec }: LiveFile): string {
  return `${spec.fields.length === 0 ? 'everywhere' : 'partition'} ${[...(file.equalityIds ?? [])].sort((a, b) => a - b).join(' ')}`;
}

function equalityField(metadata: TableMetadata, id: number, deletes: readonly LiveFile[]): Field {
  const field = metadata.schemas.flatMap((schema) => schema.fields).findLast((candidate) => candidate.id === id);
  if (field && isPrimitive(field.type)) return field;
  const file = deletes.find((entry) => entry.file.equalityIds?.includes(id))?.file.filePath ?? metadata.location;
  throw new UnsupportedFeatureError(file, `equality deletes by field ${id}`, 'top columns with single values');
}

/** Rows whose position a delete file names; a delete file speaks of no file that is newer than itself. */
function positionJoinSql(io: FileIO, files: readonly PlannedFile[], deletes: readonly LiveFile[]): string {
  const fields: Field[] = [
    { id: positionDeleteIds.filePath, name: 'file_path', required: true, type: 'string' },
    { id: positionDeleteIds.position, name: 'pos', required: true, type: 'long' },
  ];
  const targets = files.map(({ file, sequenceNumber }, index) => `(${textLiteral(file.filePath)}, ${index}, ${sequenceNumber})`);
  const numbers = deletes.map(({ sequenceNumber }) => sequenceNumber);
  return `ANTI JOIN (
      SELECT f.local, d.pos FROM (SELECT file_path, pos, ${pickSql(numbers, 'file_index')} AS sequence FROM ${readFilesSql(io, deletes, fields)}) d
      JOIN (VALUES ${targets.join(', ')}) f(path, local, sequence) ON f.path = d.file_path AND f.sequence <= d.sequence
    ) p ON p.local = t.__local AND p.pos = t.__row`;
}

/** Rows older than a delete file of their partition that names their values; NULL equals NULL. */
function equalityJoinSql(io: FileIO, files: readonly PlannedFile[], deletes: readonly LiveFile[], read: readonly Field[], alias: string): string {
  const ids = deletes[0]?.file.equalityIds ?? [];
  const columns = ids.map((id) => read.find((field) => field.id === id) as Field);
  const keys = columns.map((field) => identifier(field.name));
  const equal = keys.map((key) => `${alias}.${key} IS NOT DISTINCT FROM t.${key}`);
  const relation = readFilesSql(io, deletes, columns);
  const applying = new Set(deletes.map(({ file }) => file.filePath));
  const uniform = files.every((file) => file.deletes.filter((entry) => applying.has(entry.file.filePath)).length === deletes.length);
  if (uniform) return `ANTI JOIN (SELECT DISTINCT ${keys.join(', ')} FROM ${relation}) ${alias} ON ${equal.join(' AND ')}`;
  const scopes = new Map<string, number>();
  const scopeOf = (entry: LiveFile): number => {
    const key = deletes[0]?.spec.fields.length === 0 ? '' : scopeKey(entry);
    if (!scopes.has(key)) scopes.set(key, scopes.size);
    return scopes.get(key) ?? 0;
  };
  const ofDelete = (values: readonly (number | bigint)[]) => pickSql(values, 'file_index');
  const ofRow = (values: readonly (number | bigint)[]) => pickSql(values, 't.__local');
  return `ANTI JOIN (
      SELECT ${keys.join(', ')}, ${ofDelete(deletes.map(scopeOf))} AS __scope, max(${ofDelete(deletes.map((entry) => entry.sequenceNumber))}) AS __sequence
      FROM ${relation} GROUP BY ALL
    ) ${alias} ON ${equal.join(' AND ')} AND ${alias}.__scope = ${ofRow(files.map(scopeOf))} AND ${alias}.__sequence > ${ofRow(files.map((entry) => entry.sequenceNumber))}`;
}

/** The value of a list at an index that counts from 0. */
function pickSql(values: readonly (number | bigint)[], index: string): string {
  return `list_extract([${values.join(', ')}]::BIGINT[], (${index} + 1)::BIGINT)`;
}
