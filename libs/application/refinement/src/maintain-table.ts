import type { Table } from '@data-master/iceberg';

const dayMs = 24 * 60 * 60_000;
/** Files of a lake on one machine are good at this size; larger ones make a changed row costly. */
const targetFileSizeBytes = 128 * 2 ** 20;
/** Small files in one partition, and manifests in one table, that are worth a rewrite. */
const smallFilesWorth = 5;
const manifestsWorth = 50;
/** Snapshots that stay, by age and by number; what settling or a late look back may still ask for. */
const retention = { ageMs: 5 * dayMs, last: 20 };
/** No commit of ours runs this long. */
const orphanAgeMs = 3 * dayMs;

/** A table before or after maintenance. */
export interface TableMeasure {
  files: number;
  small_files: number;
  delete_files: number;
  manifests: number;
  snapshots: number;
}

export interface MaintenanceReport {
  before: TableMeasure;
  after: TableMeasure;
  /** Files that no snapshot needs any more, removed or, in a dry run, found. */
  removedFiles: number;
}

/**
 * Compacts partitions of many small files, merges manifests, expires old snapshots and removes what crashed writers left,
 * each where the table's debt asks for it. With `dryRun` nothing is written: `after` is then `before`.
 */
export async function maintainTable(table: Table, { now, dryRun }: { now: Date; dryRun: boolean }): Promise<MaintenanceReport> {
  const before = await measure(table);
  const debt = await table.measureDebt({ targetFileSizeBytes });
  if (!dryRun && (debt.deleteFiles > 0 || debt.partitions.some((partition) => partition.smallFiles >= smallFilesWorth))) {
    await table.compact({ targetFileSizeBytes, minInputFiles: smallFilesWorth });
  }
  if (!dryRun && debt.manifests >= manifestsWorth) await table.rewriteManifests();
  const expired = await table.expireSnapshots({ olderThanMs: now.getTime() - retention.ageMs, retainLast: retention.last, dryRun });
  const orphans = await table.removeOrphanFiles({ olderThanMs: now.getTime() - orphanAgeMs, dryRun });
  const removedFiles = [expired.removedDataFiles, expired.removedDeleteFiles, expired.removedManifests, expired.removedManifestLists, orphans.orphans]
    .reduce((sum, files) => sum + files.length, 0);
  return { before, after: dryRun ? before : await measure(table), removedFiles };
}

async function measure(table: Table): Promise<TableMeasure> {
  const { dataFiles, smallFiles, deleteFiles, manifests, snapshots } = await table.measureDebt({ targetFileSizeBytes });
  return { files: dataFiles, small_files: smallFiles, delete_files: deleteFiles, manifests, snapshots };
}
