import { redactText } from '@data-master/pii-masking';
import type { Logger, ObjectStore } from '@data-master/ports';
import { findApplied, type ApplyPorts, type EngineName } from './apply-plan.ts';
import { writePlan } from './plan-object.ts';
import { planRefinement, type Layer, type PlanCommand, type PlanPorts, type RefinementPlan } from './refinement-plan.ts';
import { failPlan, settlePlan } from './settle-plan.ts';

export interface PlanTablePorts extends PlanPorts, Omit<ApplyPorts, 'engine'> {
  store: ObjectStore;
  logger: Logger;
  /** The engine for a plan. */
  engineFor: (plan: RefinementPlan) => Promise<EngineName>;
  /** The URI under which Spark reads an object. */
  uriOf: (key: string) => Promise<string>;
}

/** What is to be done next for a table; JSON, and every field is always there. */
export interface PlannedRun {
  /** `none`: nothing is pending; `wait`: what is pending waits for its back-off. */
  engine: EngineName | 'none' | 'wait';
  layer: Layer;
  table: string;
  run_id: string | null;
  plan_key: string | null;
  plan_uri: string | null;
  /** How long to wait before planning again; 0 unless `engine` is `wait`. */
  wait_seconds: number;
}

/** A back-off that ends later than this is not waited for. */
const longestWaitMs = 60_000;

/**
 * Claims what is pending for a table and writes it as a plan. Records that an earlier run applied without settling them
 * are settled at once and in no plan. When the plan cannot be written, its records fail for a reason that passes.
 */
export async function planTable(command: PlanCommand, ports: PlanTablePorts): Promise<PlannedRun> {
  const { layer, table } = command;
  for (;;) {
    const claimed = await planRefinement(command, ports);
    if (!claimed) return { engine: 'none', layer, table, run_id: null, plan_key: null, plan_uri: null, wait_seconds: 0, ...(await backOff(command, ports)) };
    const plan = await settleEarlier(claimed, ports);
    if (plan.records.length === 0) continue;
    try {
      const engine = await ports.engineFor(plan);
      const planKey = await writePlan(plan, engine, ports);
      ports.logger.log('info', `${layer}.planned`, { table, run_id: plan.runId, engine, records: plan.records.length, plan_key: planKey });
      return { engine, layer, table, run_id: plan.runId, plan_key: planKey, plan_uri: await ports.uriOf(planKey), wait_seconds: 0 };
    } catch (error) {
      await failPlan(plan, { message: redactText(error instanceof Error ? error.message : String(error)), transient: true }, ports);
      throw error;
    }
  }
}

/** Settles what a commit of an earlier try applied; the plan of the rest. */
async function settleEarlier(plan: RefinementPlan, ports: PlanTablePorts): Promise<RefinementPlan> {
  if (plan.records.every((record) => record.attempt_count === 1)) return plan;
  const applied = await findApplied(plan, ports);
  const isApplied = (controlId: string): boolean => applied.some((snapshot) => snapshot.controlIds.includes(controlId));
  await settlePlan({ ...plan, records: plan.records.filter((record) => isApplied(record.control_id)) }, applied, ports);
  return { ...plan, records: plan.records.filter((record) => !isApplied(record.control_id)) };
}

async function backOff({ layer, table }: PlanCommand, { control, clock }: PlanTablePorts): Promise<Partial<PlannedRun>> {
  let leastMs = Infinity;
  for await (const record of control.query({ schemaName: `dm_${layer}`, tableName: table, status: 'pending' })) {
    leastMs = Math.min(leastMs, Date.parse(record.available_at) - clock.now().getTime());
  }
  return leastMs <= longestWaitMs ? { engine: 'wait', wait_seconds: Math.max(1, Math.ceil(leastMs / 1_000)) } : {};
}
