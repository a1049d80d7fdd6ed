import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { createDynamoControlStore } from '@data-master/aws/control';
import { createGlueClient } from '@data-master/aws/glue';
import { createS3IcebergFileIO } from '@data-master/aws/iceberg';
import { createS3ObjectStore } from '@data-master/aws/s3';
import { beerLake } from '@data-master/beer-lake';
import { TerminalError, type Logger, type QueryEngine } from '@data-master/ports';
import { chooseEngineFor, createGlueLakeTables, type PlannerPorts } from '@data-master/refinement';
import { createRandomIds, createSystemClock } from '@data-master/runtime';
import type { RefinementPlannerConfig } from './config.ts';

/** Plans and settles on the metadata of the tables alone. */
export function wire(config: RefinementPlannerConfig, logger: Logger): PlannerPorts {
  const bucket = config.DM_DATALAKE_BUCKET;
  const store = createS3ObjectStore({ client: new S3Client({}), bucket });
  const clock = createSystemClock();
  const ids = createRandomIds();
  const uriOf = (key: string): string => `s3://${bucket}/${key}`;
  return {
    model: beerLake,
    tables: createGlueLakeTables({
      client: createGlueClient({ client: new GlueClient({}) }),
      io: createS3IcebergFileIO({ store, bucket, cacheFolder: join(tmpdir(), 'data-master') }),
      databasePrefix: config.DM_DATABASE_PREFIX,
      datalakeUri: `s3://${bucket}`,
      clock,
      ids,
      logger,
    }),
    query: noQueries,
    store,
    control: createDynamoControlStore({ client: new DynamoDBClient({}), tableName: config.DM_CONTROL_TABLE }),
    engineFor: chooseEngineFor({ engine: config.DM_ENGINE, memorySizeBytes: config.DM_MEMORY_MB * 2 ** 20, logger }),
    uriOf: async (key) => uriOf(key),
    leaseMs: config.DM_LEASE_MINUTES * 60_000,
    clock,
    ids,
    logger,
  };
}

const refuse = (): Promise<never> => Promise.reject(new TerminalError('the planner was asked to run SQL; expected it to read metadata only; run SQL in a worker'));

/** An engine for a function that carries none. */
const noQueries: QueryEngine = { run: refuse, rows: refuse, setVariable: refuse, session: (work) => work(noQueries), close: async () => undefined };
