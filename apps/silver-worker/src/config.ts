import type { z } from 'zod';
import { lakeVariables } from '@data-master/runtime';

/** What the silver worker is told by its environment. */
export const silverWorkerConfig = lakeVariables.pick({
  DM_PLAN_KEY: true,
  DM_DATALAKE_BUCKET: true,
  DM_CONTROL_TABLE: true,
  DM_DATABASE_PREFIX: true,
  DM_MAINTENANCE: true,
  DM_MEMORY_MB: true,
  DM_THREADS: true,
  DM_FINISH_SECONDS: true,
  DM_LOG_LEVEL: true,
});

export type SilverWorkerConfig = z.output<typeof silverWorkerConfig>;
