import type { z } from 'zod';
import { lakeVariables } from '@data-master/runtime';

/** What the event writer is told by its environment. */
export const eventWriterConfig = lakeVariables.pick({
  DM_STAGE_BUCKET: true,
  DM_SCHEMA_PREFIX: true,
  DM_DEAD_QUEUE_URL: true,
  DM_EVENT_STREAM: true,
  DM_LOG_LEVEL: true,
});

export type EventWriterConfig = z.output<typeof eventWriterConfig>;
