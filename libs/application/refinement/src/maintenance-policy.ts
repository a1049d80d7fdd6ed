import type { Predicate, Table, TableDebt } from '@data-master/iceberg';

const hourMs = 60 * 60_000;
/** No read and no commit of ours runs this long; what is younger is never expired. */
const longestRunMs = hourMs;
/** Partitions that are compacted each in a commit of its own; more of them are compacted together with all that is worth it. */
const mostSingleCompactions = 8;

/** Manifests that are this large on average are as few as they can be. */
const smallManifestBytes = 4 * 2 ** 20;

/** Files of a lake are good at this size; larger ones make a changed row costly. */
export const targetFileSizeBytes = 128 * 2 ** 20;

/** From when on a table is maintained, and what of its past stays. */
export interface MaintenancePolicy {
  /** Small files in one partition that are worth being written together. */
  smallFilesPerPartition: number;
  /** Deleted rows by rows of a table at which its files are written without them. */
  deleteRatio: number;
  /** Manifests that are worth being written together. */
  manifests: number;
  /** Size of the metadata file above which snapshots of more than an hour stay by number only. */
  metadataSizeBytes: number;
  snapshotAgeHours: number;
  snapshotsKept: number;
}

/** What of a table's debt is worth being paid. */
export interface DueMaintenance {
  /** A compaction for each list of conditions, none for the whole table. */
  compactions: Predicate[][];
  rewriteManifests: boolean;
  /** Snapshots before this time go, but for the newest. */
  expireBeforeMs: number;
  /** Snapshots that may go. */
  expirable: number;
}

/** Judges a measured table. */
export function dueMaintenance(table: Table, debt: TableDebt, policy: MaintenancePolicy, now: Date): DueMaintenance {
  const ageMs = debt.metadataBytes >= policy.metadataSizeBytes ? longestRunMs : Math.max(longestRunMs, policy.snapshotAgeHours * hourMs);
  const expireBeforeMs = now.getTime() - ageMs;
  return {
    compactions: dueCompactions(debt, policy),
    rewriteManifests: debt.manifests >= policy.manifests && debt.manifestBytes < debt.manifests * smallManifestBytes,
    expireBeforeMs,
    expirable: expirableSnapshots(table, policy, expireBeforeMs),
  };
}

/**
 * Whether a table can be over a threshold, by its snapshots' summaries alone: nothing is read for it. Small files are
 * counted as what files became more since the last compaction, wherever they are, so that a partition can come to its
 * threshold a few files late.
 */
export function mayBeDue(table: Table, policy: MaintenancePolicy, now: Date): boolean {
  const summary = table.currentSnapshot?.summary;
  if (!summary) return false;
  const total = (name: string): number => Number(summary[`total-${name}`]);
  const isWithin = total('position-deletes') + total('equality-deletes') < policy.deleteRatio * total('records');
  return !isWithin || filesAddedSinceCompaction(table) >= policy.smallFilesPerPartition - 1
    || expirableSnapshots(table, policy, now.getTime() - longestRunMs) >= policy.snapshotsKept;
}

function filesAddedSinceCompaction(table: Table): number {
  const last = table.snapshots.findLastIndex(({ summary }) => summary['operation'] === 'replace');
  return table.snapshots.slice(last + 1).reduce((sum, { summary }) => sum + Math.max(0, Number(summary['added-data-files'] ?? 0) - Number(summary['deleted-data-files'] ?? 0)), 0);
}

/** Snapshots before a time that are neither among the newest nor named. */
function expirableSnapshots({ snapshots, metadata }: Table, { snapshotsKept }: MaintenancePolicy, beforeMs: number): number {
  const named = new Set(Object.values(metadata.refs).map((ref) => ref['snapshot-id']));
  const old = snapshots.toSorted((a, b) => b['timestamp-ms'] - a['timestamp-ms']).slice(snapshotsKept);
  return old.filter((snapshot) => snapshot['timestamp-ms'] < beforeMs && !named.has(snapshot['snapshot-id'])).length;
}

function dueCompactions({ deleteRatio, partitions }: TableDebt, policy: MaintenancePolicy): Predicate[][] {
  if (deleteRatio >= policy.deleteRatio) return [[]];
  const due = partitions.filter(({ smallFiles }) => smallFiles >= policy.smallFilesPerPartition);
  const filters = due.map(({ partition }) => Object.entries(partition).flatMap(([column, value]): Predicate[] => (value === null ? [] : [{ column, op: '=', value }])));
  const areExact = filters.every((filter, index) => filter.length > 0 && filter.length === Object.keys(due[index]!.partition).length);
  return areExact && filters.length <= mostSingleCompactions ? filters : [[]];
}
