import type { z } from 'zod';
import { lakeVariables } from '@data-master/runtime';

/** What the planner is told by its environment. */
export const refinementPlannerConfig = lakeVariables.pick({
  DM_DATALAKE_BUCKET: true,
  DM_CONTROL_TABLE: true,
  DM_DATABASE_PREFIX: true,
  DM_ENGINE: true,
  DM_MEMORY_MB: true,
  DM_LEASE_MINUTES: true,
  DM_LOG_LEVEL: true,
});

export type RefinementPlannerConfig = z.output<typeof refinementPlannerConfig>;
