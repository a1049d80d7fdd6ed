import type { z } from 'zod';
import { lakeVariables } from '@data-master/runtime';

/** What the event validator is told by its environment. */
export const eventValidatorConfig = lakeVariables.pick({
  DM_STAGE_BUCKET: true,
  DM_SCHEMA_PREFIX: true,
  DM_VALID_QUEUE_URL: true,
  DM_DEAD_QUEUE_URL: true,
  DM_LOG_LEVEL: true,
});

export type EventValidatorConfig = z.output<typeof eventValidatorConfig>;
