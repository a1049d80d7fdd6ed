import { lakeVariables } from '@data-master/runtime';
import { z } from 'zod';

/** What the router is told by its environment. */
export const firehoseRouterConfig = lakeVariables.pick({ DM_CONTRACT_MODE: true, DM_LOG_LEVEL: true }).extend({
  /** Commit time of loaded rows: the start of the task that loads them. Their own timestamp when not given. */
  DM_LOADED_AT: z.iso.datetime().optional(),
});

export type FirehoseRouterConfig = z.output<typeof firehoseRouterConfig>;
