import type { z } from 'zod';
import { lakeVariables } from '@data-master/runtime';

/** What the processing controller is told by its environment. */
export const processingControllerConfig = lakeVariables.pick({
  DM_STAGE_BUCKET: true,
  DM_CONTROL_TABLE: true,
  DM_LOG_LEVEL: true,
});

export type ProcessingControllerConfig = z.output<typeof processingControllerConfig>;
