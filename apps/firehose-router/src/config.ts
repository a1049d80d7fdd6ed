import { contractModes } from '@data-master/change-events';
import { lakeVariables } from '@data-master/runtime';
import { z } from 'zod';

/** What the router is told by its environment. */
export const firehoseRouterConfig = lakeVariables.pick({ DM_LOG_LEVEL: true }).extend({
  /** What becomes of a column that the lake's contract does not have. */
  DM_CONTRACT_MODE: z.enum(contractModes).default('discard'),
  /** Commit time of loaded rows: the start of the task that loads them. Their own timestamp when not given. */
  DM_LOADED_AT: z.iso.datetime().optional(),
});

export type FirehoseRouterConfig = z.output<typeof firehoseRouterConfig>;
