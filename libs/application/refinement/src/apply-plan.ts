import type { QueryEngine } from '@data-master/ports';
import { requireLakeTable, type LakeModel } from '@data-master/table-contracts';
import { appliedSnapshots, type AppliedSnapshot, type LakeTables } from './lake-tables.ts';
import type { RefinementPlan } from './refinement-plan.ts';

export type EngineName = 'duckdb' | 'spark';

/** Brings the records of a plan into its table. */
export interface RefinementEngine {
  readonly name: EngineName;
  /** One Iceberg commit whose summary names the control records, or none when nothing changes. */
  apply(plan: RefinementPlan): Promise<void>;
}

export interface ApplyPorts {
  model: LakeModel;
  tables: LakeTables;
  query: QueryEngine;
  engine: RefinementEngine;
}

/**
 * Applies a plan to its table. Records that an earlier, unsettled commit applied already are not applied again. Returns
 * what was applied by which snapshot, earlier ones included.
 */
export async function applyPlan(plan: RefinementPlan, ports: ApplyPorts): Promise<AppliedSnapshot[]> {
  const earlier = await findApplied(plan, ports);
  const records = plan.records.filter((record) => !earlier.some((snapshot) => snapshot.controlIds.includes(record.control_id)));
  if (records.length === 0) return earlier;
  await ports.engine.apply({ ...plan, records });
  return findApplied(plan, ports);
}

/** The snapshots that applied records of a plan. */
export function findApplied(plan: RefinementPlan, { model, tables, query }: Omit<ApplyPorts, 'engine'>): Promise<AppliedSnapshot[]> {
  return query.session(async (session) =>
    appliedSnapshots(await tables.open(requireLakeTable(model, plan.layer, plan.table), session), plan.records.map((record) => record.control_id)));
}
