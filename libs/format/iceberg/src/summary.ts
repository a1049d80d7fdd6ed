import type { DataFile } from './manifests.ts';
import { partitionKey } from './partitions.ts';

type Totals = Readonly<Record<string, string>> | undefined;

/**
 * The summary of a snapshot: what changed and the totals after it; values are texts, sizes in bytes.
 * A total that the parent does not tell is left out, as it cannot be known.
 */
export function summarise(parent: Totals, added: readonly DataFile[], removed: readonly DataFile[]): Record<string, string> {
  const rows = (files: readonly DataFile[]) => files.reduce((sum, file) => sum + file.recordCount, 0);
  const sizeBytes = (files: readonly DataFile[]) => files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const total = (key: string, change: number): Record<string, string> => {
    const before = parent ? parent[key] : '0';
    return before === undefined ? {} : { [key]: String(Number(before) + change) };
  };
  const changed = new Set([...added, ...removed].map((file) => partitionKey(file.partition)));
  return {
    operation: removed.length === 0 ? 'append' : added.length === 0 ? 'delete' : 'overwrite',
    ...(added.length === 0
      ? {}
      : { 'added-data-files': String(added.length), 'added-records': String(rows(added)), 'added-files-size': String(sizeBytes(added)) }),
    ...(removed.length === 0
      ? {}
      : { 'deleted-data-files': String(removed.length), 'deleted-records': String(rows(removed)), 'removed-files-size': String(sizeBytes(removed)) }),
    'changed-partition-count': String(changed.size),
    ...total('total-records', rows(added) - rows(removed)),
    ...total('total-files-size', sizeBytes(added) - sizeBytes(removed)),
    ...total('total-data-files', added.length - removed.length),
    ...total('total-delete-files', 0),
    ...total('total-position-deletes', 0),
    ...total('total-equality-deletes', 0),
  };
}
