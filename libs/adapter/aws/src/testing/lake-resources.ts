import { randomUUID } from 'node:crypto';
import { GlueClient, CreateDatabaseCommand } from '@aws-sdk/client-glue';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ControlStore, ObjectStore } from '@data-master/ports';
import { createDynamoControlStore } from '../dynamo-control-store.ts';
import { createS3ObjectStore } from '../s3-object-store.ts';
import { makeControlTable } from './control-parts.ts';
import type { Moto } from './moto.ts';
import type { OnEnd } from './parts.ts';

/** What the lake's stacks make, empty, with names of its own. */
export interface LakeResources {
  /** The variables that the shells share, those of moto included. */
  environment: Record<string, string>;
  stage: ObjectStore;
  datalake: ObjectStore;
  control: ControlStore;
}

/** Makes buckets, control table, key and databases of a lake in moto. */
export async function makeLakeResources(moto: Moto, onEnd: OnEnd, { key = new Uint8Array(32).fill(7) }: { key?: Uint8Array } = {}): Promise<LakeResources> {
  const id = randomUUID().slice(0, 8);
  const [s3, glue, secrets] = [new S3Client({ ...moto.config }), new GlueClient({ ...moto.config }), new SecretsManagerClient({ ...moto.config })];
  onEnd(() => [s3, glue, secrets].forEach((client) => client.destroy()));
  const makeBucket = async (bucket: string): Promise<ObjectStore> => {
    await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } }));
    return createS3ObjectStore({ client: s3, bucket });
  };
  const stage = await makeBucket(`dm-stage-${id}`);
  const datalake = await makeBucket(`dm-datalake-${id}`);
  const table = await makeControlTable(moto, onEnd);
  for (const layer of ['bronze', 'silver', 'gold']) await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: `dm_${id}_${layer}` } }));
  await secrets.send(new CreateSecretCommand({ Name: `dm-pii-key-${id}`, SecretBinary: key }));
  return {
    environment: {
      ...moto.environment,
      PATH: '/usr/bin:/bin',
      DM_STAGE_BUCKET: `dm-stage-${id}`, DM_DATALAKE_BUCKET: `dm-datalake-${id}`, DM_CONTROL_TABLE: table.tableName, DM_PII_KEY_SECRET: `dm-pii-key-${id}`, DM_DATABASE_PREFIX: `dm_${id}`,
      DM_MEMORY_MB: '256', DM_THREADS: '2', DM_LEASE_MINUTES: '30', DM_ENGINE: 'duckdb',
    },
    stage, datalake, control: createDynamoControlStore(table),
  };
}
