import { redactText } from '@data-master/pii-masking';
import { TerminalError, TransientError, type Logger } from '@data-master/ports';
import { applyPlan, type ApplyPorts } from './apply-plan.ts';
import { planRefinement, type Layer, type PlanPorts, type RefinementPlan } from './refinement-plan.ts';
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
  return plan ? runPlan(plan, ports) : 'idle';
}

/** A plan that fails for another reason than the state of the machine is halved, until the records at fault stand alone. */
async function runPlan(plan: RefinementPlan, ports: RefinePorts): Promise<RefineOutcome> {
  const log = ports.logger.child({ layer: plan.layer, table: plan.table, run_id: plan.runId });
  const startedAt = ports.clock.now().getTime();
  try {
    const applied = await applyPlan(plan, ports);
    await settlePlan(plan, applied, ports);
    log.log('info', `${plan.layer}.refined`, { records: plan.records.length, duration_ms: ports.clock.now().getTime() - startedAt });
    return 'refined';
  } catch (error) {
    const transient = error instanceof TransientError;
    if (!transient && plan.records.length > 1) {
      const middle = Math.ceil(plan.records.length / 2);
      const outcomes: RefineOutcome[] = [];
      for (const records of [plan.records.slice(0, middle), plan.records.slice(middle)]) outcomes.push(await runPlan({ ...plan, records }, ports));
      return outcomes.includes('failed') ? 'failed' : 'refined';
    }
    const message = redactText(error instanceof Error ? error.message : String(error));
    await failPlan(plan, { message, transient: !(error instanceof TerminalError) }, ports);
    log.log('error', `${plan.layer}.failed`, { records: plan.records.length, error: message });
    return 'failed';
  }
}
