import { redactText } from '@data-master/pii-masking';
import { TerminalError, type Logger } from '@data-master/ports';
import { applyPlan, type ApplyPorts } from './apply-plan.ts';
import { planRefinement, type Layer, type PlanPorts } from './refinement-plan.ts';
import { failPlan, settlePlan } from './settle-plan.ts';

export type RefinePorts = PlanPorts & ApplyPorts & { logger: Logger };

export interface RefineCommand {
  layer: Layer;
  table: string;
  /** Who claims the records. */
  worker: string;
}

export type RefineOutcome = 'idle' | 'refined' | 'failed';

/** Plans, applies and settles what is pending for one table of silver or gold. */
export async function refineTable({ layer, table, worker }: RefineCommand, ports: RefinePorts): Promise<RefineOutcome> {
  const plan = await planRefinement(layer, table, worker, ports);
  if (!plan) return 'idle';
  const log = ports.logger.child({ layer, table, run_id: plan.runId });
  const startedAt = ports.clock.now().getTime();
  try {
    const applied = await applyPlan(plan, ports);
    await settlePlan(plan, applied, ports);
    log.log('info', `${layer}.refined`, { records: plan.records.length, duration_ms: ports.clock.now().getTime() - startedAt });
    return 'refined';
  } catch (error) {
    const message = redactText(error instanceof Error ? error.message : String(error));
    await failPlan(plan, { message, transient: !(error instanceof TerminalError) }, ports);
    log.log('error', `${layer}.failed`, { records: plan.records.length, error: message });
    return 'failed';
  }
}
