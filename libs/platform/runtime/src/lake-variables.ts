import { z } from 'zod';

const name = z.string().min(1);
const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'JSON' });
    return z.NEVER;
  }
});
const count = z.coerce.number().int().min(1);

/** The environment variables of the AWS shell, each described once; the configuration of an app picks those that it reads. */
export const lakeVariables = z.object({
  /** Bucket of raw and quarantined objects. */
  DM_STAGE_BUCKET: name,
  /** Bucket of bronze, plans and Iceberg tables. */
  DM_DATALAKE_BUCKET: name,
  /** DynamoDB table of the control records. */
  DM_CONTROL_TABLE: name,
  /** Name or ARN of the secret that holds the key of the personal columns. */
  DM_PII_KEY_SECRET: name,
  /** The Glue databases are `<prefix>_bronze`, `<prefix>_silver`, `<prefix>_gold`. */
  DM_DATABASE_PREFIX: z.string().regex(/^[a-z][a-z0-9_]*$/, 'lower-case letters, digits and underscores, beginning with a letter'),
  DM_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** The record that a task is started for. */
  DM_CONTROL_ID: name,
  /** The plan that a task is started for, as its key in the data lake. */
  DM_PLAN_KEY: z.string().regex(/^plans\/.+\.json$/, 'plans/<layer>/<table>/<run>.json'),
  /** Memory for DuckDB, in megabytes; what else the process needs comes on top. */
  DM_MEMORY_MB: count.min(64),
  /** Threads of DuckDB. */
  DM_THREADS: count,
  /** Engine of silver and gold; `auto` chooses by the size of each plan. */
  DM_ENGINE: z.enum(['auto', 'duckdb', 'spark']).default('auto'),
  /** When tables are maintained after commits, as JSON: `maintenance` of dm.config.ts. */
  DM_MAINTENANCE: json.default({}),
  /** How long a plan's claim on its records holds: as long as a task may run. */
  DM_LEASE_MINUTES: count,
  /** How long a task may go on after SIGTERM before it hands its work back; less than the platform's grace period. */
  DM_FINISH_SECONDS: count.default(20),
});
