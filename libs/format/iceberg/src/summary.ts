import type { DataFile } from './manifests.ts';
import { partitionKey } from './partitions.ts';

type Totals = Readonly<Record<string, string>> | undefined;

/** The summary of a snapshot: what changed and the totals after it; values are texts, sizes in bytes. */
export function summarise(parent: Totals, added: readonly DataFile[], removed: readonly DataFile[]): Record<string, string> {
  const rows = (files: readonly DataFile[]) => files.reduce((sum, file) => sum + file.recordCount, 0);
  const sizeBytes = (files: readonly DataFile[]) => files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const total = (key: string, change: number) => String(Math.max(0, Number(parent?.[key] ?? 0) + change));
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
    'total-records': total('total-records', rows(added) - rows(removed)),
    'total-files-size': total('total-files-size', sizeBytes(added) - sizeBytes(removed)),
    'total-data-files': total('total-data-files', added.length - removed.length),
    'total-delete-files': total('total-delete-files', 0),
    'total-position-deletes': total('total-position-deletes', 0),
    'total-equality-deletes': total('total-equality-deletes', 0),
  };
}
