import type { z } from 'zod';
import { lakeVariables } from '@data-master/runtime';

/** What the bronze worker is told by its environment. */
export const bronzeWorkerConfig = lakeVariables.pick({
  DM_CONTROL_ID: true,
  DM_STAGE_BUCKET: true,
  DM_DATALAKE_BUCKET: true,
  DM_CONTROL_TABLE: true,
  DM_PII_KEY_SECRET: true,
  DM_MEMORY_MB: true,
  DM_FINISH_SECONDS: true,
  DM_LOG_LEVEL: true,
});

export type BronzeWorkerConfig = z.output<typeof bronzeWorkerConfig>;
