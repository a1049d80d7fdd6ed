import type { Clock, Logger, QueryEngine } from '@data-master/ports';
import { requireLakeTable, type LakeModel } from '@data-master/table-contracts';
import type { RefinementEngine } from './apply-plan.ts';
import type { LakeTables } from './lake-tables.ts';
import { maintainIfDue } from './maintain-table.ts';
import { mayBeDue, type MaintenancePolicy } from './maintenance-policy.ts';
import type { Layer } from './refinement-plan.ts';

export interface MaintainPorts {
  model: LakeModel;
  tables: LakeTables;
  query: QueryEngine;
  clock: Clock;
  logger: Logger;
}

/** A run that committed to a table. */
export interface CommittedRun {
  layer: Layer;
  table: string;
  runId: string;
}

/**
 * Maintains a table after a commit where its debt has come to a threshold. The log tells what was done
 * (`table.maintained`); a failure is logged as an error and leaves the commit as it stands.
 */
export async function maintainCommitted({ layer, table: name, runId }: CommittedRun, policy: MaintenancePolicy, { model, tables, query, clock, logger }: MaintainPorts): Promise<void> {
  const log = logger.child({ layer, table: name, run_id: runId });
  const startedAt = clock.now().getTime();
  try {
    await query.session(async (session) => {
      const table = await tables.open(requireLakeTable(model, layer, name), session);
      if (!mayBeDue(table, policy, clock.now())) return;
      const report = await maintainIfDue(table, { now: clock.now(), policy });
      if (report) log.log('info', 'table.maintained', { ...report, duration_ms: clock.now().getTime() - startedAt });
    });
  } catch (error) {
    log.log('error', 'table.maintenance_failed', { error: error instanceof Error ? error.message : String(error) });
  }
}

/** An engine after whose commits tables are maintained, unless the policy says otherwise. */
export function maintainAfterCommits(engine: RefinementEngine, policy: MaintenancePolicy & { afterCommit: boolean }, ports: MaintainPorts): RefinementEngine {
  if (!policy.afterCommit) return engine;
  return { name: engine.name, apply: (plan) => engine.apply(plan).then(() => maintainCommitted(plan, policy, ports)) };
}
