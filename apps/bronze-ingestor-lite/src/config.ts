import type { z } from 'zod';
import { lakeVariables } from '@data-master/runtime';

/** What the small ingestor is told by its environment. */
export const bronzeIngestorLiteConfig = lakeVariables.pick({
  DM_STAGE_BUCKET: true,
  DM_DATALAKE_BUCKET: true,
  DM_CONTROL_TABLE: true,
  DM_PII_KEY_SECRET: true,
  DM_MEMORY_MB: true,
  DM_LOG_LEVEL: true,
});

export type BronzeIngestorLiteConfig = z.output<typeof bronzeIngestorLiteConfig>;
