import type { Table } from '@data-master/iceberg';
import type { QueryEngine } from '@data-master/ports';
import type { LakeTable } from '@data-master/table-contracts';
import type { PartitionTuple } from './refinement-plan.ts';

/** The Iceberg tables of the lake; a table comes into being when it is first opened. */
export interface LakeTables {
  /** The present state of a table, whose SQL runs in the session `engine`. */
  open(table: LakeTable, engine: QueryEngine): Promise<Table>;
}

/** Keys of the snapshot summary in which a commit says which control records it applied and what it touched. */
export const summaryKeys = { controlIds: 'dm.control-ids', partitions: 'dm.affected-partitions', runId: 'dm.run-id' } as const;

/** A snapshot of ours: the records that it applied, the partitions that it touched (null when the table has none). */
export interface AppliedSnapshot {
  snapshotId: bigint;
  controlIds: string[];
  partitions: PartitionTuple[] | null;
}

/** Reads what the snapshots of a table say they applied; snapshots of other writers say nothing. */
export function appliedSnapshots(table: Table): AppliedSnapshot[] {
  return table.snapshots.flatMap((snapshot) => {
    const ids = snapshot.summary[summaryKeys.controlIds];
    if (!ids) return [];
    const partitions = snapshot.summary[summaryKeys.partitions];
    return [{ snapshotId: snapshot['snapshot-id'], controlIds: ids.split(','), partitions: partitions ? (JSON.parse(partitions) as PartitionTuple[]) : null }];
  });
}

/** The summary properties of a commit. */
export function appliedSummary(runId: string, controlIds: readonly string[], partitions: readonly PartitionTuple[] | null): Record<string, string> {
  return {
    [summaryKeys.runId]: runId,
    [summaryKeys.controlIds]: controlIds.join(','),
    ...(partitions && { [summaryKeys.partitions]: JSON.stringify(partitions) }),
  };
}
