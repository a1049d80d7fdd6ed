import type { Clock, Logger, QueryEngine } from '@data-master/ports';
import { requireLakeTable, type LakeModel } from '@data-master/table-contracts';
import type { RefinementEngine } from './apply-plan.ts';
import type { LakeTables } from './lake-tables.ts';
import { maintainIfDue } from './maintain-table.ts';
import { mayBeDue, type MaintenancePolicy } from './maintenance-policy.ts';
import type { RefinementPlan } from './refinement-plan.ts';

export interface MaintainedEnginePorts {
  model: LakeModel;
  tables: LakeTables;
  query: QueryEngine;
  clock: Clock;
  logger: Logger;
}

/**
 * An engine after whose commits the table is maintained where its debt has come to a threshold. The log tells what was
 * done (`table.maintained`); a failure of it is logged as an error and leaves the commit as it stands.
 */
export function maintainAfterCommits(engine: RefinementEngine, policy: MaintenancePolicy, ports: MaintainedEnginePorts): RefinementEngine {
  return {
    name: engine.name,
    async apply(plan) {
      await engine.apply(plan);
      await maintainAfterCommit(plan, policy, ports);
    },
  };
}

/** The maintenance that follows the commit of a run; what fails is logged. */
export async function maintainAfterCommit({ layer, table: name, runId }: Pick<RefinementPlan, 'layer' | 'table' | 'runId'>, policy: MaintenancePolicy, { model, tables, query, clock, logger }: MaintainedEnginePorts): Promise<void> {
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
