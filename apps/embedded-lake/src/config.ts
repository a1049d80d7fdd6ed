import { availableParallelism, homedir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { homeLayout } from '@data-master/embedded';
import { LakeConfigError, loadLakeConfig, type LakeConfig } from '@data-master/lake-config';
import { TerminalError } from '@data-master/ports';
import { ConfigError, readConfig } from '@data-master/runtime';
import { z } from 'zod';

const megabytes = z.coerce.number().int().min(64);

/** What an embedded lake is told by its environment; every value has a default that works. */
export const embeddedConfigSchema = z.object({
  /** Folder of the lake. */
  DM_HOME: z.string().min(1).default('.lake').transform((path) => resolve(path)),
  /** The file that is read instead of `dm.config.ts` of the current folder. */
  DM_CONFIG: z.string().min(1).optional(),
  /** Folder of the keys, apart from the data. */
  DM_KEYS: z.string().min(1).optional(),
  XDG_CONFIG_HOME: z.string().min(1).optional(),
  /** Memory for the engine of silver and gold, in megabytes. */
  DM_MEMORY_MB: megabytes.default(Math.max(512, Math.min(768, Math.floor(totalmem() / 2 ** 20 / 4)))),
  /** Memory for the engine of bronze, in megabytes. */
  DM_INGEST_MEMORY_MB: megabytes.default(200),
  DM_THREADS: z.coerce.number().int().min(1).default(availableParallelism()),
  DM_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** Goes before `engine` of the configuration file. */
  DM_ENGINE: z.enum(['auto', 'duckdb', 'spark']).optional(),
  /** Goes before `maintenance.afterCommit` of the configuration file. */
  DM_MAINTAIN_AFTER_COMMIT: z.stringbool().optional(),
  /** Memory of a Spark run, in megabytes. */
  DM_SPARK_MEMORY_MB: megabytes.default(2_048),
  /** Engine that writes bronze. */
  DM_PARQUET_ENGINE: z.enum(['duckdb', 'portable']).default('duckdb'),
});

/** The environment, and what it and the configuration file say together. */
export type EmbeddedConfig = z.infer<typeof embeddedConfigSchema> & Pick<LakeConfig, 'engine' | 'maintenance'>;

/** Reads the environment and the configuration file, the environment going first; TerminalError that lists what does not fit. */
export async function readEmbeddedConfig(environment: Record<string, string | undefined>): Promise<EmbeddedConfig> {
  try {
    const config = readConfig(embeddedConfigSchema, environment);
    const { engine, maintenance } = await loadLakeConfig({ folder: process.cwd(), file: config.DM_CONFIG });
    const afterCommit = config.DM_MAINTAIN_AFTER_COMMIT ?? maintenance.afterCommit;
    return { ...config, engine: config.DM_ENGINE ?? engine, maintenance: { ...maintenance, afterCommit } };
  } catch (error) {
    if (error instanceof ConfigError || error instanceof LakeConfigError) throw new TerminalError(error.message, { cause: error });
    throw error;
  }
}

/** The folders and files of a lake, and the folder of its keys. */
export function lakeLayout({ DM_HOME: home, DM_KEYS: keys, XDG_CONFIG_HOME: configHome }: EmbeddedConfig) {
  return { ...homeLayout(home), keys: keys ?? join(configHome ?? join(homedir(), '.config'), 'data-master', 'keys') };
}
