import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createDynamoControlStore } from '@data-master/aws/control';
import { createS3LocalFiles, createS3ObjectStore } from '@data-master/aws/s3';
import { createSecretsManagerSecrets } from '@data-master/aws/secrets-manager';
import { beerLake } from '@data-master/beer-lake';
import { createDuckDbEngine, createLazyEngine } from '@data-master/duckdb';
import type { IngestPorts } from '@data-master/ingestion';
import { createDuckDbParquetEngine } from '@data-master/parquet-writer';
import { createPiiMasker, keySizeBytes } from '@data-master/pii-masking';
import type { Logger } from '@data-master/ports';
import { createSystemClock, joinObjectStores } from '@data-master/runtime';
import type { BronzeWorkerConfig } from './config.ts';

/** Ingests from the stage into the data lake. */
export async function wire(config: BronzeWorkerConfig, logger: Logger): Promise<IngestPorts> {
  const s3 = new S3Client({});
  const store = joinObjectStores({
    stage: createS3ObjectStore({ client: s3, bucket: config.DM_STAGE_BUCKET }),
    datalake: createS3ObjectStore({ client: s3, bucket: config.DM_DATALAKE_BUCKET }),
  });
  const scratch = join(tmpdir(), 'data-master');
  const query = createLazyEngine(() => createDuckDbEngine({ memoryLimitMb: config.DM_MEMORY_MB, threads: 1, spillFolder: scratch }));
  const secrets = createSecretsManagerSecrets({ client: new SecretsManagerClient({}) });
  return {
    model: beerLake,
    store,
    control: createDynamoControlStore({ client: new DynamoDBClient({}), tableName: config.DM_CONTROL_TABLE }),
    engine: createDuckDbParquetEngine({ store, openFiles: () => createS3LocalFiles({ store, scratch }), query }),
    clock: createSystemClock(),
    logger,
    masker: createPiiMasker(await secrets.getOrCreate(config.DM_PII_KEY_SECRET, keySizeBytes)),
  };
}
