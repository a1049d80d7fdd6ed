import { resolve } from 'node:path';
import { contractModes } from '@data-master/change-events';
import { isSourceUrl, sourceForms } from '@data-master/replication';
import { z } from 'zod';

/** What a replication agent is told by its environment. */
export const agentConfigSchema = z.object({
  /** URL of the source: `postgres://user:password@host:port/database`, or of another change source. */
  DM_SOURCE_URL: z.string().refine(isSourceUrl, `expected ${sourceForms}`),
  /** Name of the task, which names the slot, the publication and the state. */
  DM_TASK: z.string().regex(/^[a-z][a-z0-9_]{0,50}$/, 'expected lower snake_case').default('core'),
  /** File with the table mapping, in the format of a DMS task; the tables of the lake in every schema when not given. */
  DM_TABLE_MAPPING: z.string().min(1).optional(),
  /** File with the task settings, in the format of a DMS task. */
  DM_TASK_SETTINGS: z.string().min(1).optional(),
  /** Folder that raw objects are written under, as `raw/<table>/…`, with the state of the task: the stage of a lake. */
  DM_TARGET: z.string().min(1).default('.lake/dm-stage').transform((path) => resolve(path)),
  /** What becomes of a column that the lake's contract does not have. */
  DM_CONTRACT_MODE: z.enum(contractModes).default('discard'),
  DM_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).optional(),
});

export type AgentConfig = z.infer<typeof agentConfigSchema>;
