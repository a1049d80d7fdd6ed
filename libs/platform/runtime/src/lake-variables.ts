import { compressionTypes, contractModes, dataFormats } from '@data-master/change-events';
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
const queueUrl = z.url({ protocol: /^https?$/, error: 'the URL of a queue' });
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
  /** Where the schemas of events lie in the stage: `<prefix><event>/<version>.json`. */
  DM_SCHEMA_PREFIX: z.string().regex(/^[\w-]+(?:\/[\w-]+)*\/$/, 'a folder with a slash at its end').default('schemas/'),
  /** SQS queue that takes valid events. */
  DM_VALID_QUEUE_URL: queueUrl,
  /** SQS queue that takes invalid events. */
  DM_DEAD_QUEUE_URL: queueUrl,
  /** Firehose stream that delivers the events whose schema says `x-delivery: json`. */
  DM_EVENT_STREAM: name,
  /** Name or ARN of the secret with address and credentials of a source database, in the form of RDS. */
  DM_SOURCE_SECRET: name,
  /** Kinesis stream that takes the changes of a source database. */
  DM_CHANGE_STREAM: name,
  /** Name of a replication, which names the slot, the publication and the state. */
  DM_TASK: z.string().regex(/^[a-z][a-z0-9_]{0,50}$/, 'lower snake_case').default('core'),
  /** What becomes of a column that the lake's contract does not have. */
  DM_CONTRACT_MODE: z.enum(contractModes).default('discard'),
  /** Format of a replication's files of raw; when not given, JSON lines for changes and CSV for loaded rows. */
  DM_TARGET_FORMAT: z.enum(dataFormats).optional(),
  /** Compression of a replication's files of raw; when not given, snappy for Parquet and gzip for the others. */
  DM_TARGET_COMPRESSION: z.enum(compressionTypes).optional(),
});
