import { resolve } from 'node:path';
import { isSourceUrl, sourceForms } from '@data-master/replication';
import { lakeVariables } from '@data-master/runtime';
import { z } from 'zod';

const streamPrefix = 'stream:';

/** What a replication agent is told by its environment. */
export const agentConfigSchema = lakeVariables.pick({ DM_TASK: true, DM_CONTRACT_MODE: true, DM_TARGET_FORMAT: true, DM_TARGET_COMPRESSION: true }).extend({
  /** URL of the source: `postgres://user:password@host:port/database`, or of another change source. */
  DM_SOURCE_URL: z.string().refine(isSourceUrl, `expected ${sourceForms}`),
  /** File with the table mapping, in the format of a DMS task; the tables of the lake in every schema when not given. */
  DM_TABLE_MAPPING: z.string().min(1).optional(),
  /** File with the task settings, in the format of a DMS task. */
  DM_TASK_SETTINGS: z.string().min(1).optional(),
  /** `stream:<home>`: the change stream of that lake; else a folder that raw objects are written under, as `raw/<table>/…`, with the state of the task: the stage of a lake. */
  DM_TARGET: z.string().min(1).default('.lake/dm-stage').transform((target) => (target.startsWith(streamPrefix) ? { home: resolve(target.slice(streamPrefix.length)) } : { folder: resolve(target) })),
  /** Above what the task settings say. */
  DM_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).optional(),
});

export type AgentConfig = z.infer<typeof agentConfigSchema>;
