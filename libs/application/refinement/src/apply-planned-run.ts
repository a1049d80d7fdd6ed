import { handBack } from '@data-master/control-records';
import { redactText } from '@data-master/pii-masking';
import { TerminalError, TransientError, type Logger, type ObjectStore } from '@data-master/ports';
import { applyPlan, type ApplyPorts } from './apply-plan.ts';
import { heldPlan, readPlan } from './plan-object.ts';
import type { RefinementPlan } from './refinement-plan.ts';
import { failPlan, settlePlan, type SettlePorts } from './settle-plan.ts';

export type ApplyRunPorts = ApplyPorts & SettlePorts & { store: ObjectStore; logger: Logger };

export type RunOutcome = 'idle' | 'refined' | 'failed';

/**
 * Applies and settles a written plan; `idle` when its records are settled or claimed by others by now. What fails is
 * noted in the records; only a failure to read the plan or to note anything is thrown.
 */
export async function applyPlannedRun({ planKey }: { planKey: string }, ports: ApplyRunPorts): Promise<RunOutcome> {
  const plan = await heldPlan(await readPlan(planKey, ports.store), ports.control);
  return plan.records.length > 0 ? runPlan(plan, ports) : 'idle';
}

/** Gives the records of a plan back untried, for a worker that is told to stop. */
export async function handBackRun({ planKey }: { planKey: string }, { store, control, clock }: Pick<ApplyRunPorts, 'store' | 'control' | 'clock'>): Promise<void> {
  for (const record of (await heldPlan(await readPlan(planKey, store), control)).records) await control.commit([{ previous: record, next: handBack(record, clock.now()) }]);
}

/** A plan that fails for another reason than the state of the machine is halved, until the records at fault stand alone. */
async function runPlan(plan: RefinementPlan, ports: ApplyRunPorts): Promise<Exclude<RunOutcome, 'idle'>> {
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
      const outcomes = [];
      for (const records of [plan.records.slice(0, middle), plan.records.slice(middle)]) outcomes.push(await runPlan({ ...plan, records }, ports));
      return outcomes.includes('failed') ? 'failed' : 'refined';
    }
    const message = redactText(error instanceof Error ? error.message : String(error));
    await failPlan(plan, { message, transient: !(error instanceof TerminalError) }, ports);
    log.log('error', `${plan.layer}.failed`, { records: plan.records.length, error: message });
    return 'failed';
  }
}
