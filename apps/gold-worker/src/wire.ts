import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { createDynamoControlStore } from '@data-master/aws/control';
import { createGlueClient } from '@data-master/aws/glue';
import { createS3IcebergFileIO } from '@data-master/aws/iceberg';
import { createS3LocalFiles, createS3ObjectStore } from '@data-master/aws/s3';
import { beerLake } from '@data-master/beer-lake';
import { createDuckDbEngine, createLazyEngine } from '@data-master/duckdb';
import { maintenanceSchema } from '@data-master/lake-config';
import type { Logger } from '@data-master/ports';
import { createDuckDbEngine as createRefinementEngine, createGlueLakeTables, maintainAfterCommits, type ApplyRunPorts } from '@data-master/refinement';
import { createRandomIds, createSystemClock } from '@data-master/runtime';
import type { GoldWorkerConfig } from './config.ts';

/** Refines tables of the data lake by DuckDB; what it reads of them is kept on this machine while the task runs. */
export function wire(config: GoldWorkerConfig, logger: Logger): ApplyRunPorts {
  const bucket = config.DM_DATALAKE_BUCKET;
  const store = createS3ObjectStore({ client: new S3Client({}), bucket });
  const scratch = join(tmpdir(), 'data-master');
  const query = createLazyEngine(() => createDuckDbEngine({ memoryLimitMb: config.DM_MEMORY_MB, threads: config.DM_THREADS, spillFolder: scratch, encryptSpill: false }));
  const clock = createSystemClock();
  const tables = createGlueLakeTables({
    client: createGlueClient({ client: new GlueClient({}) }),
    io: createS3IcebergFileIO({ store, bucket, cacheFolder: join(scratch, 'tables') }),
    databasePrefix: config.DM_DATABASE_PREFIX,
    datalakeUri: `s3://${bucket}`,
    clock,
    ids: createRandomIds(),
    logger,
  });
  const shared = { model: beerLake, tables, query, clock, logger };
  const engine = createRefinementEngine({ model: beerLake, tables, files: createS3LocalFiles({ store, scratch }), query });
  return {
    ...shared,
    store,
    control: createDynamoControlStore({ client: new DynamoDBClient({}), tableName: config.DM_CONTROL_TABLE }),
    engine: maintainAfterCommits(engine, maintenanceSchema.parse(config.DM_MAINTENANCE), shared),
  };
}
