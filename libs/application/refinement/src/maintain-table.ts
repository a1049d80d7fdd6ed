import type { Table, TableDebt } from '@data-master/iceberg';
import { dueMaintenance, targetFileSizeBytes, type DueMaintenance, type MaintenancePolicy } from './maintenance-policy.ts';

/** Files that no snapshot names are removed at this age: no commit runs this long. */
const orphanAgeMs = 3 * 24 * 60 * 60_000;

/** A table before or after maintenance. */
export interface TableMeasure {
  files: number;
  small_files: number;
  delete_files: number;
  manifests: number;
  snapshots: number;
  metadata_bytes: number;
}

export interface MaintenanceReport {
  before: TableMeasure;
  /** In a dry run, what is expected. */
  after: TableMeasure;
  /** Files that no snapshot needs any more, removed or, in a dry run, found. */
  removedFiles: number;
}

export interface MaintenanceOptions {
  now: Date;
  policy: MaintenancePolicy;
  /** Write nothing; `after` is then what is expected. */
  dryRun?: boolean;
}

/**
 * Compacts partitions of many small files or deletes, merges manifests, expires old snapshots and removes what crashed
 * writers left, each where the table's debt asks for it. Every step is a commit of its own that keeps all rows; one that
 * meets another writer is tried again. Interrupted, it leaves at most files that the next one removes.
 */
export async function maintainTable(table: Table, { now, policy, dryRun = false }: MaintenanceOptions): Promise<MaintenanceReport> {
  const debt = await table.measureDebt({ targetFileSizeBytes });
  const due = dueMaintenance(table, debt, policy, now);
  if (!dryRun) await rewrite(table, due, policy);
  const expired = await table.expireSnapshots({ olderThanMs: due.expireBeforeMs, retainLast: policy.snapshotsKept, dryRun });
  const orphans = await table.removeOrphanFiles({ olderThanMs: now.getTime() - orphanAgeMs, dryRun });
  const after = dryRun ? expected(debt, due, expired.after.snapshots, policy) : measureOf(await table.measureDebt({ targetFileSizeBytes }));
  return { before: measureOf(debt), after, removedFiles: removedBy(expired) + orphans.orphans.length };
}

/**
 * The same as far as it is worth it right after a commit, without looking for what crashed writers left. Undefined when
 * nothing is due.
 */
export async function maintainIfDue(table: Table, { now, policy }: Omit<MaintenanceOptions, 'dryRun'>): Promise<MaintenanceReport | undefined> {
  const debt = await table.measureDebt({ targetFileSizeBytes });
  const due = dueMaintenance(table, debt, policy, now);
  const expires = due.expirable >= policy.snapshotsKept;
  if (due.compactions.length === 0 && !due.rewriteManifests && !expires) return undefined;
  await rewrite(table, due, policy);
  const removedFiles = expires ? removedBy(await table.expireSnapshots({ olderThanMs: due.expireBeforeMs, retainLast: policy.snapshotsKept })) : 0;
  return { before: measureOf(debt), after: measureOf(await table.measureDebt({ targetFileSizeBytes })), removedFiles };
}

async function rewrite(table: Table, { compactions, rewriteManifests }: DueMaintenance, policy: MaintenancePolicy): Promise<void> {
  for (const filter of compactions) await table.compact({ targetFileSizeBytes, minInputFiles: policy.smallFilesPerPartition, filter });
  if (rewriteManifests) await table.rewriteManifests();
}

type Expired = Awaited<ReturnType<Table['expireSnapshots']>>;

const removedBy = ({ removedDataFiles, removedDeleteFiles, removedManifests, removedManifestLists }: Expired): number =>
  [removedDataFiles, removedDeleteFiles, removedManifests, removedManifestLists].reduce((sum, files) => sum + files.length, 0);

const measureOf = ({ dataFiles, smallFiles, deleteFiles, manifests, snapshots, metadataBytes }: TableDebt): TableMeasure =>
  ({ files: dataFiles, small_files: smallFiles, delete_files: deleteFiles, manifests, snapshots, metadata_bytes: metadataBytes });

/** What compaction will make of the partitions that it takes; manifests are told only where they are written anew. */
function expected(debt: TableDebt, { compactions, rewriteManifests }: DueMaintenance, snapshots: number, policy: MaintenancePolicy): TableMeasure {
  const before = measureOf(debt);
  const isWhole = compactions.some((filter) => filter.length === 0);
  const isTaken = ({ smallFiles, filesWithDeletes }: TableDebt['partitions'][number]): boolean => smallFiles >= policy.smallFilesPerPartition || (isWhole && filesWithDeletes > 0);
  const taken = compactions.length === 0 ? [] : debt.partitions.filter(isTaken);
  const sum = (measure: (partition: TableDebt['partitions'][number]) => number): number => taken.reduce((total, partition) => total + measure(partition), 0);
  return {
    ...before,
    files: before.files - sum(({ files }) => files) + sum(({ sizeBytes }) => Math.ceil(sizeBytes / targetFileSizeBytes)),
    small_files: before.small_files - sum(({ smallFiles }) => smallFiles),
    delete_files: isWhole ? 0 : before.delete_files,
    manifests: rewriteManifests ? 1 : before.manifests,
    snapshots: snapshots + compactions.length + (rewriteManifests ? 1 : 0),
  };
}
