import { fileContent, type DataFile } from './manifests.ts';
import { partitionKey } from './partitions.ts';

type Totals = Readonly<Record<string, string>> | undefined;
type Files = readonly DataFile[];

/**
 * The summary of a snapshot: what changed and the totals after it, data files and delete files apart; values are texts,
 * sizes in bytes. A total that the parent does not tell is left out, as it cannot be known.
 */
export function summarise(parent: Totals, added: Files, removed: Files): Record<string, string> {
  const total = (key: string, change: number): Record<string, string> => {
    const before = parent ? parent[key] : '0';
    return before === undefined ? {} : { [key]: String(Number(before) + change) };
  };
  const balance = (measure: (files: Files) => number) => measure(added) - measure(removed);
  const changed = new Set([...added, ...removed].map((file) => partitionKey(file.partition)));
  return {
    operation: operationOf(added, removed),
    ...changes(added, { files: 'added-data-files', rows: 'added-records', sizeBytes: 'added-files-size', prefix: 'added' }),
    ...changes(removed, { files: 'deleted-data-files', rows: 'deleted-records', sizeBytes: 'removed-files-size', prefix: 'removed' }),
    'changed-partition-count': String(changed.size),
    ...total('total-records', balance((files) => rowsOf(files, fileContent.data))),
    ...total('total-files-size', balance(sizeOf)),
    ...total('total-data-files', balance((files) => countOf(files, fileContent.data))),
    ...total('total-delete-files', balance((files) => files.length - countOf(files, fileContent.data))),
    ...total('total-position-deletes', balance((files) => rowsOf(files, fileContent.positionDeletes))),
    ...total('total-equality-deletes', balance((files) => rowsOf(files, fileContent.equalityDeletes))),
  };
}

function operationOf(added: Files, removed: Files): string {
  const rowsAdded = countOf(added, fileContent.data) > 0;
  const rowsRemoved = countOf(removed, fileContent.data) > 0 || countOf(added, fileContent.data) < added.length;
  return rowsRemoved ? (rowsAdded ? 'overwrite' : 'delete') : 'append';
}

function changes(files: Files, names: { files: string; rows: string; sizeBytes: string; prefix: string }): Record<string, string> {
  const counts: [name: string, count: number][] = [
    [names.files, countOf(files, fileContent.data)],
    [names.rows, rowsOf(files, fileContent.data)],
    [names.sizeBytes, sizeOf(files)],
    [`${names.prefix}-delete-files`, files.length - countOf(files, fileContent.data)],
    [`${names.prefix}-position-delete-files`, countOf(files, fileContent.positionDeletes)],
    [`${names.prefix}-position-deletes`, rowsOf(files, fileContent.positionDeletes)],
    [`${names.prefix}-equality-delete-files`, countOf(files, fileContent.equalityDeletes)],
    [`${names.prefix}-equality-deletes`, rowsOf(files, fileContent.equalityDeletes)],
  ];
  return Object.fromEntries(counts.filter(([, count]) => count > 0).map(([name, count]) => [name, String(count)]));
}

function countOf(files: Files, content: number): number {
  return files.filter((file) => file.content === content).length;
}

function rowsOf(files: Files, content: number): number {
  return files.reduce((sum, file) => (file.content === content ? sum + file.recordCount : sum), 0);
}

function sizeOf(files: Files): number {
  return files.reduce((sum, file) => sum + file.sizeBytes, 0);
}
