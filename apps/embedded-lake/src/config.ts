import { availableParallelism, homedir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';

const megabytes = z.coerce.number().int().min(64);

/** What an embedded lake is told by its environment; every value has a default that works. */
export const embeddedConfigSchema = z.object({
  /** Folder of the lake. */
  DM_HOME: z.string().min(1).default('.lake').transform((path) => resolve(path)),
  /** Folder of the keys, apart from the data. */
  DM_KEYS: z.string().min(1).optional(),
  XDG_CONFIG_HOME: z.string().min(1).optional(),
  /** Memory for the engine of silver and gold, in megabytes. */
  DM_MEMORY_MB: megabytes.default(Math.max(512, Math.min(768, Math.floor(totalmem() / 2 ** 20 / 4)))),
  /** Memory for the engine of bronze, in megabytes. */
  DM_INGEST_MEMORY_MB: megabytes.default(200),
  DM_THREADS: z.coerce.number().int().min(1).default(availableParallelism()),
  DM_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** Engine that writes bronze. */
  DM_PARQUET_ENGINE: z.enum(['duckdb', 'portable']).default('duckdb'),
});

export type EmbeddedConfig = z.infer<typeof embeddedConfigSchema>;

/** The folders and files of a lake's home. */
export function homeLayout(config: EmbeddedConfig) {
  const home = config.DM_HOME;
  return {
    home,
    stage: join(home, 'dm-stage'),
    datalake: join(home, 'dm-datalake'),
    database: join(home, 'lake.db'),
    logs: join(home, 'logs', 'lake.ndjson'),
    scratch: join(home, 'scratch'),
    keys: config.DM_KEYS ?? join(config.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'data-master', 'keys'),
  };
}
