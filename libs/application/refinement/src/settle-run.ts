import { redactText } from '@data-master/pii-masking';
import type { Logger, ObjectStore } from '@data-master/ports';
import { findApplied, type ApplyPorts } from './apply-plan.ts';
import { currentRecords, heldPlan, readPlan } from './plan-object.ts';
import { failPlan, settlePlan, type SettlePorts } from './settle-plan.ts';

export type SettleRunPorts = Omit<ApplyPorts, 'engine'> & SettlePorts & { store: ObjectStore; logger: Logger };

export interface SettleRunCommand {
  planKey: string;
  /** Why the run failed, as a state machine catches it. */
  error?: { Error: string; Cause: string };
}

/** How a run ended; JSON, and every field is always there. */
export interface SettledRun {
  /** `waiting`: some records are pending again; `failed`: some are in error and stay there. */
  outcome: 'refined' | 'waiting' | 'failed';
  error: string | null;
}

const causeLength = 2_000;

/**
 * Brings the records of a run to their end. What a snapshot applied has succeeded, whatever is said of the run; without
 * an error the rest changed nothing and has succeeded as well, with one it fails and, unless the error is a
 * TerminalError, is tried again. Records that were settled, or claimed by others after their lease ended, are left alone,
 * so it may be repeated.
 */
export async function settleRun({ planKey, error }: SettleRunCommand, ports: SettleRunPorts): Promise<SettledRun> {
  const { store, control, logger } = ports;
  const plan = await readPlan(planKey, store);
  const held = await heldPlan(plan, control);
  if (held.records.length > 0) {
    const applied = await findApplied(held, ports);
    const isApplied = (controlId: string): boolean => applied.some((snapshot) => snapshot.controlIds.includes(controlId));
    const done = held.records.filter((record) => !error || isApplied(record.control_id));
    await settlePlan({ ...held, records: done }, applied, ports);
    if (error) {
      const message = redactText(`${error.Error}: ${error.Cause}`.slice(0, causeLength));
      await failPlan({ ...held, records: held.records.filter((record) => !done.includes(record)) }, { message, transient: error.Error !== 'TerminalError' }, ports);
    }
    logger.log(error ? 'error' : 'info', `${plan.layer}.settled`, { table: plan.table, run_id: plan.runId, records: held.records.length, applied: done.length, ...(error && { error: error.Error }) });
  }
  const ended = await currentRecords(plan, control);
  const inError = ended.find((record) => record?.status === 'error');
  const outcome = inError ? 'failed' : ended.some((record) => record?.status === 'pending') ? 'waiting' : 'refined';
  return { outcome, error: inError?.error_message ?? null };
}
