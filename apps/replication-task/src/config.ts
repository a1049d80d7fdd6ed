import { lakeVariables } from '@data-master/runtime';
import { z } from 'zod';

/** What the replication task is told by its environment. */
export const replicationTaskConfig = lakeVariables.pick({
  DM_SOURCE_SECRET: true,
  DM_CHANGE_STREAM: true,
  DM_STAGE_BUCKET: true,
  DM_TASK: true,
  DM_CONTRACT_MODE: true,
  DM_TARGET_FORMAT: true,
  DM_TARGET_COMPRESSION: true,
}).extend({
  /** `verify` wants a certificate of RDS, or of an authority that Node knows; `off` is for sources in one's own network. */
  DM_SOURCE_TLS: z.enum(['verify', 'off']).default('verify'),
  /** Table mapping of a DMS task, as JSON; the tables of the lake in every schema when not given. */
  DM_TABLE_MAPPING: z.string().optional(),
  /** Settings of a DMS task, as JSON. */
  DM_TASK_SETTINGS: z.string().optional(),
  /** Where loaded rows go: files of raw, which need no order, or the stream. */
  DM_LOAD: z.enum(['files', 'stream']).default('files'),
  /** Above what the task settings say. */
  DM_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).optional(),
});

export type ReplicationTaskConfig = z.output<typeof replicationTaskConfig>;
