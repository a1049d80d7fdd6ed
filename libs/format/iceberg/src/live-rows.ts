import type { TableState } from './catalog.ts';
import { deleteJoins, hiddenFields } from './delete-joins.ts';
import { readFileShapes, shapedFields, shapeKey, unshapeSql, type FileShape, type FileShapes } from './file-shapes.ts';
import { localise, type LocalPaths, type ReadingPorts } from './local-paths.ts';
import { currentSchema, type TableMetadata } from './metadata.ts';
import { pickSql, readFilesSql } from './parquet-relations.ts';
import type { PlannedFile } from './snapshot-files.ts';
import { identifier } from './sql-text.ts';
import type { Field } from './types.ts';

/** Files whose rows are to be read, and what reading them needs to know. */
export interface RowSource {
  localPaths: LocalPaths;
  metadata: TableMetadata;
  files: readonly PlannedFile[];
  shapes: FileShapes;
}

/** Finds out where the files and their deletes lie, and how they are to be read. */
export async function openRows(ports: ReadingPorts, metadata: TableMetadata, files: readonly PlannedFile[]): Promise<RowSource> {
  const localPaths = await localise(ports, files.flatMap(({ file, deletes }) => [file, ...deletes.map((entry) => entry.file)]));
  return { localPaths, metadata, files, shapes: await readFileShapes(ports, localPaths, metadata, files) };
}

/**
 * A relation of the rows that are not deleted, columns resolved by field id, in parentheses.
 * Beside the columns it has `__file`, the index into the files of the source, and `__row`, the row's position in its file.
 */
export function liveRowsSql(source: RowSource, fields: readonly Field[]): string {
  const indexed = source.files.map((file, index) => ({ ...file, index }));
  const groups = Map.groupBy(indexed, ({ deletes, file }) => `${deletes.length > 0} ${shapeKey(source.shapes.get(file.filePath), fields)}`);
  const parts = [...groups.values()].map((group) => {
    const [first] = group;
    const own = first?.deletes.length === 0 ? undefined : group;
    const shape = source.shapes.get(first?.file.filePath ?? '');
    return groupSql(source, group, own, shape, fields);
  });
  return `(${parts.join(' UNION ALL ')})`;
}

interface IndexedFile extends PlannedFile {
  index: number;
}

function groupSql(source: RowSource, files: readonly IndexedFile[], dirty: readonly IndexedFile[] | undefined, shape: FileShape | undefined, fields: readonly Field[]): string {
  const first = files[0]?.index ?? 0;
  const contiguous = files.every(({ index }, position) => index === first + position);
  const index = contiguous ? `(file_index + ${first})` : pickSql(files.map((file) => file.index), 'file_index');
  const hidden = dirty ? hiddenFields(source.metadata, dirty, fields) : [];
  const read = [...fields, ...hidden];
  const columns = read.map((field) => {
    const own = identifier(field.name);
    return shape && typeof field.type !== 'string' ? `${unshapeSql(shape, field.type, own)} AS ${own}` : own;
  });
  const local = dirty ? ', file_index::INTEGER AS __local' : '';
  const relation = readFilesSql(source.localPaths, files, shapedFields(shape, read));
  const rows = `SELECT ${columns.join(', ')}, ${index}::INTEGER AS __file, file_row_number AS __row${local} FROM ${relation}`;
  if (!dirty) return rows;
  const names = fields.map((field) => `t.${identifier(field.name)}`).join(', ');
  return `SELECT ${names}, t.__file, t.__row FROM (${rows}) t ${deleteJoins(source.localPaths, dirty, read).join(' ')}`;
}

/** Counts the rows of files that are not deleted; reads only files that have deletes. */
export async function countLiveRows({ ports }: { ports: ReadingPorts }, { metadata }: TableState, files: readonly PlannedFile[]): Promise<number> {
  const dirty = files.filter((file) => file.deletes.length > 0);
  const clean = files.filter((file) => file.deletes.length === 0).reduce((sum, { file }) => sum + file.recordCount, 0);
  if (dirty.length === 0) return clean;
  const source = await openRows(ports, metadata, dirty);
  const [row] = await ports.engine.rows(`SELECT count(*) AS live FROM ${liveRowsSql(source, currentSchema(metadata).fields.slice(0, 1))}`);
  return clean + Number(row?.['live']);
}
