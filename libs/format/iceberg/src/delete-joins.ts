import { positionDeleteIds, scopeKey, type LiveFile } from './delete-files.ts';
import { DeleteFilesError } from './errors.ts';
import type { LocalPaths } from './local-paths.ts';
import { fileContent } from './manifests.ts';
import type { TableMetadata } from './metadata.ts';
import { pickSql, readFilesSql } from './parquet-relations.ts';
import type { PlannedFile } from './snapshot-files.ts';
import { identifier, textLiteral } from './sql-text.ts';
import { isPrimitive, type Field } from './types.ts';

function deletesOf(files: readonly PlannedFile[], content: number): LiveFile[] {
  const all = files.flatMap((file) => file.deletes).filter(({ file }) => file.content === content);
  return [...new Map(all.map((entry) => [entry.file.filePath, entry])).values()];
}

/** Columns that equality deletes compare and that are not read otherwise, under names of their own. */
export function hiddenFields(metadata: TableMetadata, files: readonly PlannedFile[], fields: readonly Field[]): Field[] {
  const equalities = deletesOf(files, fileContent.equalityDeletes);
  const wanted = new Set(fields.map((field) => field.id));
  const compared = new Set(equalities.flatMap(({ file }) => file.equalityIds ?? []));
  return [...compared].map((id, index): Field => ({ ...equalityField(metadata, id, equalities), name: `__equality_${index}` })).filter(({ id }) => !wanted.has(id));
}

/** Joins that take deleted rows out of the relation `t` of the files, which has `__local`, the index into them, and `__row`. */
export function deleteJoins(localPaths: LocalPaths, files: readonly PlannedFile[], read: readonly Field[]): string[] {
  const positions = deletesOf(files, fileContent.positionDeletes);
  const groups = Map.groupBy(deletesOf(files, fileContent.equalityDeletes), groupKey);
  return [
    ...(positions.length === 0 ? [] : [positionJoinSql(localPaths, files, positions)]),
    ...[...groups.values()].map((group, index) => equalityJoinSql(localPaths, files, group, read, `e${index}`)),
  ];
}

function groupKey({ file, spec }: LiveFile): string {
  return `${spec.fields.length === 0 ? 'everywhere' : 'partition'} ${[...(file.equalityIds ?? [])].sort((a, b) => a - b).join(' ')}`;
}

function equalityField(metadata: TableMetadata, id: number, deletes: readonly LiveFile[]): Field {
  const field = metadata.schemas.flatMap((schema) => schema.fields).findLast((candidate) => candidate.id === id);
  if (field && isPrimitive(field.type)) return field;
  const file = deletes.find((entry) => entry.file.equalityIds?.includes(id))?.file.filePath ?? metadata.location;
  throw new DeleteFilesError(file, `equality deletes by field ${id}`, 'top columns with single values');
}

/** Rows whose position a delete file names; a delete file speaks of no file that is newer than itself. */
function positionJoinSql(localPaths: LocalPaths, files: readonly PlannedFile[], deletes: readonly LiveFile[]): string {
  const fields: Field[] = [
    { id: positionDeleteIds.filePath, name: 'file_path', required: true, type: 'string' },
    { id: positionDeleteIds.position, name: 'pos', required: true, type: 'long' },
  ];
  const targets = files.map(({ file, sequenceNumber }, index) => `(${textLiteral(file.filePath)}, ${index}, ${sequenceNumber})`);
  const numbers = deletes.map(({ sequenceNumber }) => sequenceNumber);
  return `ANTI JOIN (
      SELECT f.local, d.pos FROM (SELECT file_path, pos, ${pickSql(numbers, 'file_index')} AS sequence FROM ${readFilesSql(localPaths, deletes, fields)}) d
      JOIN (VALUES ${targets.join(', ')}) f(path, local, sequence) ON f.path = d.file_path AND f.sequence <= d.sequence
    ) p ON p.local = t.__local AND p.pos = t.__row`;
}

/** Rows older than a delete file of their partition that names their values; NULL equals NULL. */
function equalityJoinSql(localPaths: LocalPaths, files: readonly PlannedFile[], deletes: readonly LiveFile[], read: readonly Field[], alias: string): string {
  const ids = deletes[0]?.file.equalityIds ?? [];
  const columns = ids.map((id) => read.find((field) => field.id === id) as Field);
  const keys = columns.map((field) => identifier(field.name));
  const equal = keys.map((key) => `${alias}.${key} IS NOT DISTINCT FROM t.${key}`);
  const relation = readFilesSql(localPaths, deletes, columns);
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
