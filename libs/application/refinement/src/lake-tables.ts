import type { Snapshot, Table } from '@data-master/iceberg';
import type { QueryEngine } from '@data-master/ports';
import type { LakeTable } from '@data-master/table-contracts';
import { parsePartitions } from './partition-text.ts';
import type { PartitionTuple } from './refinement-plan.ts';

/** The Iceberg tables of the lake; a table comes into being when it is first opened. */
export interface LakeTables {
  /** The present state of a table, whose SQL runs in the session `engine`. */
  open(table: LakeTable, engine: QueryEngine): Promise<Table>;
}

/** Keys of the snapshot summary: in the first two every engine says what a commit applied, in the third ours which partitions it touched. */
export const summaryKeys = { controlIds: 'dm.control-ids', runId: 'dm.run-id', partitions: 'dm.partitions' } as const;

/** The summary properties of a commit. */
export function appliedSummary(runId: string, controlIds: readonly string[]): Record<string, string> {
  return { [summaryKeys.runId]: runId, [summaryKeys.controlIds]: controlIds.join(',') };
}

/** A snapshot that applied control records, and the partitions that it touched; `all` when the table has none. */
export interface AppliedSnapshot {
  snapshotId: bigint;
  controlIds: string[];
  partitions: PartitionTuple[] | 'all';
}

/** The snapshots of a table that applied one of these control records; snapshots of other writers name none. */
export async function appliedSnapshots(table: Table, controlIds: readonly string[]): Promise<AppliedSnapshot[]> {
  const applied: AppliedSnapshot[] = [];
  for (const snapshot of table.snapshots) {
    const named = snapshot.summary[summaryKeys.controlIds]?.split(',') ?? [];
    if (!named.some((id) => controlIds.includes(id))) continue;
    applied.push({ snapshotId: snapshot['snapshot-id'], controlIds: named, partitions: await touchedPartitions(table, snapshot) });
  }
  return applied;
}

/**
 * The partitions that a snapshot says it touched, else those of the files that it added or removed: all when its parent has
 * expired, or when it deletes rows of files that stay.
 */
async function touchedPartitions(table: Table, snapshot: Snapshot): Promise<PartitionTuple[] | 'all'> {
  const told = snapshot.summary[summaryKeys.partitions];
  if (told !== undefined) return parsePartitions(told);
  if (Number(snapshot.summary['added-delete-files'] ?? 0) > 0) return 'all';
  const parentId = snapshot['parent-snapshot-id'];
  const hasParent = parentId !== undefined && table.snapshots.some((each) => each['snapshot-id'] === parentId);
  if (parentId !== undefined && !hasParent) return 'all';
  const before = hasParent ? (await table.plan({ snapshotId: parentId })).files : [];
  const after = (await table.plan({ snapshotId: snapshot['snapshot-id'] })).files;
  const [removed, kept] = [new Set(after.map((file) => file.path)), new Set(before.map((file) => file.path))];
  const changed = [...before.filter((file) => !removed.has(file.path)), ...after.filter((file) => !kept.has(file.path))];
  const tuples = new Map(changed.map(({ partition }) => [JSON.stringify(partition), partition as PartitionTuple]));
  return changed.some(({ partition }) => Object.keys(partition).length === 0) ? 'all' : [...tuples.values()];
}
