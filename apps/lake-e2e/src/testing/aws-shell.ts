import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoControlStore } from '@data-master/aws/control';
import { createSecretsManagerSecrets } from '@data-master/aws/secrets-manager';
import type { Moto } from '@data-master/aws/testing';
import type { ControlRecord } from '@data-master/control-records';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { startAwsLake, type AwsLake, type Mishaps } from '../aws-lake.ts';
import { readAssembly, type Deployment } from '../template/deployment.ts';
import type { Chapter } from './beer-story.ts';

const workspace = join(import.meta.dirname, '..', '..', '..', '..');
const keySizeBytes = 32;

export interface AwsShell {
  lake: AwsLake;
  /** The key that its personal columns are hashed with. */
  key: Uint8Array;
  buckets: Record<'stage' | 'datalake', string>;
  play: (chapters: readonly Chapter[], mishaps?: Mishaps) => Promise<void>;
  records: () => Promise<ControlRecord[]>;
  close: () => Promise<void>;
}

/** Synthesizes every stack of the lake as `cdk synth` does, for the account that moto stands for. */
export async function synthesize(folder: string): Promise<Deployment> {
  const context = JSON.stringify({ environment: 'e2e', config: join(import.meta.dirname, '..', '..', 'testdata', 'dm.config.mjs') });
  await promisify(execFile)(process.execPath, [join(workspace, 'apps', 'infra', 'src', 'main.ts')], { cwd: workspace, env: { PATH: process.env['PATH'] ?? '', CDK_OUTDIR: folder, CDK_CONTEXT_JSON: context } });
  return readAssembly(folder);
}

/** The lake of the synthesized templates, its functions and workers as bundled, on a moto server. */
export async function startAwsShell(moto: Moto): Promise<AwsShell> {
  const root = await mkdtemp(join(tmpdir(), 'dm-e2e-aws-'));
  const deployment = await synthesize(join(root, 'cdk.out'));
  const lake = await startAwsLake({ deployment, account: moto.config, bundles: join(workspace, 'dist'), nativePackages: join(workspace, 'node_modules'), scratch: root });
  const dynamodb = new DynamoDBClient(moto.config);
  const secrets = new SecretsManagerClient(moto.config);
  const buckets = { stage: bucketOf(deployment, 'dm-stage-'), datalake: bucketOf(deployment, 'dm-datalake-') };
  return {
    lake,
    buckets,
    key: await createSecretsManagerSecrets({ client: secrets }).getOrCreate('dm-pii-key', keySizeBytes),
    async play(chapters, mishaps) {
      for (const { deliveries } of chapters) {
        for (const { key, body } of deliveries) await lake.put(buckets.stage, key, body);
        await lake.settle(mishaps);
        await lake.fire('dm-processing-cron');
        await lake.fire('dm-analytics-cron');
      }
    },
    async records() {
      const records: ControlRecord[] = [];
      for await (const record of createDynamoControlStore({ client: dynamodb, tableName: 'dm-processing-control' }).query({})) records.push(record);
      return records;
    },
    async close() {
      await lake.close();
      dynamodb.destroy();
      secrets.destroy();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** The bucket whose name begins so; account and region follow. */
function bucketOf(deployment: Deployment, prefix: string): string {
  const names = deployment.list('AWS::S3::Bucket').map(({ ref }) => ref);
  const found = names.find((name) => name.startsWith(prefix));
  if (!found) throw new Error(`the templates have the buckets ${names.join(', ')}; expected one that begins with ${prefix}`);
  return found;
}
