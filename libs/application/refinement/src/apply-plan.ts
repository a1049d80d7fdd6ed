import type { QueryEngine } from '@data-master/ports';
import { requireLakeTable, type LakeModel } from '@data-master/table-contracts';
import { appliedSnapshots, type AppliedSnapshot, type LakeTables } from './lake-tables.ts';
import type { RefinementPlan } from './refinement-plan.ts';

/** Brings the records of a plan into its table. */
export interface RefinementEngine {
  readonly name: 'duckdb' | 'spark';
  /** One Iceberg commit whose summary names the control records, or none when nothing changes. */
  apply(plan: RefinementPlan): Promise<void>;
}

export interface ApplyPorts {
  model: LakeModel;
  tables: LakeTables;
  query: QueryEngine;
  engineFor: (plan: RefinementPlan) => Promise<RefinementEngine>;
}

/**
 * Applies a plan to its table. Records that an earlier, unsettled commit applied already are not applied again. Returns
 * what was applied by which snapshot, earlier ones included.
 */
export async function applyPlan(plan: RefinementPlan, ports: ApplyPorts): Promise<AppliedSnapshot[]> {
  const applied = (): Promise<AppliedSnapshot[]> => ports.query.session(async (session) =>
    appliedSnapshots(await ports.tables.open(requireLakeTable(ports.model, plan.layer, plan.table), session), plan.records.map((record) => record.control_id)));
  const earlier = await applied();
  const records = plan.records.filter((record) => !earlier.some((snapshot) => snapshot.controlIds.includes(record.control_id)));
  if (records.length === 0) return earlier;
  const rest = { ...plan, records };
  await (await ports.engineFor(rest)).apply(rest);
  return applied();
}
