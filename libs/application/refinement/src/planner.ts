import { z } from 'zod';
import { listWaves } from './list-waves.ts';
import { planTable, type PlannedRun, type PlanTablePorts } from './plan-table.ts';
import { settleRun, type SettledRun } from './settle-run.ts';

const layer = z.enum(['silver', 'gold']);

/** What the state machines ask the planner. */
export const plannerRequestSchema = z.discriminatedUnion('operation', [
  /** `input` is that of the execution. */
  z.object({ operation: z.literal('list'), layer, input: z.object({ tables: z.array(z.string()).optional() }) }),
  z.object({ operation: z.literal('plan'), layer, table: z.string().min(1), worker: z.string().min(1) }),
  z.object({ operation: z.literal('settle'), plan_key: z.string().min(1), error: z.object({ Error: z.string(), Cause: z.string() }).optional() }),
]);

export type PlannerRequest = z.infer<typeof plannerRequestSchema>;

export interface PlannerPorts extends PlanTablePorts {
  /** How long a plan's claim holds: at least as long as a task may run. */
  leaseMs?: number;
}

/** The planner of both shells: lists the tables to refine, plans one, settles a run. */
export async function answerPlanner(request: PlannerRequest, ports: PlannerPorts): Promise<{ waves: string[][] } | PlannedRun | SettledRun> {
  switch (request.operation) {
    case 'list':
      return { waves: listWaves(request.layer, ports.model, request.input.tables) };
    case 'plan':
      return planTable({ layer: request.layer, table: request.table, worker: request.worker, ...(ports.leaseMs && { leaseMs: ports.leaseMs }) }, ports);
    case 'settle':
      return settleRun({ planKey: request.plan_key, ...(request.error && { error: request.error }) }, ports);
  }
}
