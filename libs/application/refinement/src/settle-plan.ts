import { controlIdOf, createControlRecord, fail, succeed, type ControlRecord } from '@data-master/control-records';
import { formatSnapshotKey } from '@data-master/medallion-paths';
import type { Clock, ControlChange, ControlStore } from '@data-master/ports';
import type { LakeModel } from '@data-master/table-contracts';
import type { AppliedSnapshot } from './lake-tables.ts';
import type { PartitionTuple, RefinementPlan } from './refinement-plan.ts';

export interface SettlePorts {
  model: LakeModel;
  control: ControlStore;
  clock: Clock;
}

/**
 * Marks the records of an applied plan successful, each in one commit with the pending records of what depends on it.
 * A record without a snapshot changed nothing, so nothing follows from it. Interrupted, it is repeated as a whole.
 */
export async function settlePlan(plan: RefinementPlan, applied: readonly AppliedSnapshot[], { model, control, clock }: SettlePorts): Promise<void> {
  for (const record of plan.records) {
    const now = clock.now();
    const snapshot = applied.find((each) => each.controlIds.includes(record.control_id));
    const done = succeed(record, { recordCount: record.record_count, rejectedCount: 0 }, now);
    const changes: ControlChange[] = [{ previous: record, next: done }];
    if (snapshot && plan.layer === 'silver') changes.push(...dependents(plan.table, record, snapshot, model, now).map((insert) => ({ insert })));
    await control.commit(changes);
  }
}

/** Marks the records of a plan failed; those whose lease was taken over meanwhile are left to their new owner. */
export async function failPlan(plan: RefinementPlan, failure: { message: string; transient: boolean }, { control, clock }: SettlePorts): Promise<void> {
  for (const record of plan.records) await control.commit([{ previous: record, next: fail(record, failure, clock.now()) }]);
}

/** The work that a change of a silver table causes: derived tables by the same bronze object, gold tables by the snapshot. */
function dependents(table: string, record: ControlRecord, snapshot: AppliedSnapshot, model: LakeModel, now: Date): ControlRecord[] {
  const derived = model.derived
    .filter((each) => each.base === table || each.joins.some((join) => join.table === table))
    .map((each) => createControlRecord({ ...follow(record, 'dm_silver', each.name, record.object_key), file_format: 'parquet' }, now));
  const gold = model.gold
    .filter((each) => each.from === table)
    .map((each) => createControlRecord({
      ...follow(record, 'dm_gold', each.name, formatSnapshotKey('silver', table, snapshot.snapshotId)),
      file_format: 'iceberg',
      affected_partitions: project(snapshot.partitions, each.partitionBy),
    }, now));
  return [...derived, ...gold];
}

/** What follows from a record is known by its object; from one whose object was written anew under another contract, by that record too. */
function follow(record: ControlRecord, layer: 'dm_silver' | 'dm_gold', table: string, objectKey: string) {
  const { file_size, checksum, record_count, compute_target } = record;
  const isFirst = record.control_id === controlIdOf(record.schema_name, record.table_name, record.object_key, record.checksum);
  const parts = isFirst ? [] : [record.control_id];
  return { control_id: controlIdOf(layer, table, objectKey, ...parts), object_key: objectKey, schema_name: layer, table_name: table, file_size, checksum, record_count, compute_target };
}

function project(partitions: readonly PartitionTuple[] | 'all', columns: readonly string[]): PartitionTuple[] | null {
  if (partitions === 'all' || columns.length === 0) return null;
  const tuples = partitions.map((tuple) => Object.fromEntries(columns.map((column) => [column, tuple[column] ?? null])));
  return [...new Map(tuples.map((tuple) => [JSON.stringify(tuple), tuple])).values()];
}
