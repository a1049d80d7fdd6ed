import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { createDynamoControlStore } from '@data-master/aws/control';
import { createSecretsManagerSecrets } from '@data-master/aws/secrets-manager';
import type { Moto } from '@data-master/aws/testing';
import type { ControlRecord } from '@data-master/control-records';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { startAwsLake, type AwsLake, type Mishaps } from '../aws-lake.ts';
import { readAssembly, type Deployment } from '../template/deployment.ts';
import { toText, type JsonObject } from '../template/json.ts';
import type { Chapter } from './beer-story.ts';
import { readBucketLines } from './stored-lines.ts';
import { readWorkspaceSchemas } from './workspace-schemas.ts';

const workspace = join(import.meta.dirname, '..', '..', '..', '..');
const keySizeBytes = 32;
const tableName = 'dm-processing-control';
const streamName = 'dm-kinesis-stream';
const queueName = 'dm-raw-events';

export interface AwsShell {
  lake: AwsLake;
  /** The key that its personal columns are hashed with. */
  key: Uint8Array;
  buckets: Record<'stage' | 'datalake', string>;
  play: (chapters: readonly Chapter[]) => Promise<void>;
  /** Plays with mishaps on the way, then lets the sweep find what they left. */
  playDisturbed: (chapters: readonly Chapter[], mishaps: Mishaps) => Promise<void>;
  records: () => Promise<ControlRecord[]>;
  /** What delivery could not route, as it came. */
  unrouted: () => Promise<string[]>;
  /** What the validator keeps of invalid events. */
  invalid: () => Promise<JsonObject[]>;
  /** What waits on the queue of invalid events. */
  deadEvents: () => Promise<string[]>;
  close: () => Promise<void>;
}

/** Synthesizes every stack of the lake as `cdk synth` does, for the account that moto stands for. */
export async function synthesize(folder: string): Promise<Deployment> {
  const context = JSON.stringify({ environment: 'e2e', config: join(import.meta.dirname, '..', '..', 'testdata', 'dm.config.mjs') });
  await promisify(execFile)(process.execPath, [join(workspace, 'apps', 'infra', 'src', 'main.ts')], { cwd: workspace, env: { PATH: process.env['PATH'] ?? '', CDK_OUTDIR: folder, CDK_CONTEXT_JSON: context } });
  return readAssembly(folder);
}

/** The lake of synthesized templates, its functions and workers as bundled, on a moto server. */
export async function startAwsShell(moto: Moto, deployment: Deployment): Promise<AwsShell> {
  const root = await mkdtemp(join(tmpdir(), 'dm-e2e-aws-'));
  const lake = await startAwsLake({ deployment, account: moto.config, bundles: join(workspace, 'dist'), nativePackages: join(workspace, 'node_modules'), scratch: root });
  const dynamodb = new DynamoDBClient(moto.config);
  const secrets = new SecretsManagerClient(moto.config);
  const buckets = { stage: bucketOf(deployment, 'dm-stage-'), datalake: bucketOf(deployment, 'dm-datalake-') };
  for (const { file, text } of readWorkspaceSchemas()) await lake.put(buckets.stage, `schemas/${file}`, Buffer.from(text));
  const putAll = async ({ deliveries, changes, events }: Chapter): Promise<void> => {
    for (const { key, body } of deliveries) await lake.put(buckets.stage, key, body);
    await lake.capture(streamName, changes);
    await lake.send(queueName, events);
  };
  const refine = async (): Promise<void> => {
    await lake.fire('dm-processing-cron');
    await lake.fire('dm-analytics-cron');
  };
  const records = async (): Promise<ControlRecord[]> => {
    const found: ControlRecord[] = [];
    for await (const record of createDynamoControlStore({ client: dynamodb, tableName }).query({})) found.push(record);
    return found;
  };
  /** Makes an hour pass for what is unfinished: leases end, what is due is overdue. The stream tells of it, which time would not. */
  const letTimePass = async (): Promise<void> => {
    const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
    for (const { control_id: id, status } of await records()) {
      if (status !== 'running' && status !== 'pending') continue;
      const fields = ['updated_at', 'available_at', ...(status === 'running' ? ['lease_until'] : [])];
      await dynamodb.send(new UpdateItemCommand({
        TableName: tableName, Key: { control_id: { S: id } }, UpdateExpression: `SET ${fields.map((field) => `${field} = :then`).join(', ')}`, ExpressionAttributeValues: { ':then': { S: hourAgo } },
      }));
    }
    await lake.settle({ pipe: () => [] });
  };
  return {
    lake,
    buckets,
    key: await createSecretsManagerSecrets({ client: secrets }).getOrCreate('dm-pii-key', keySizeBytes),
    async play(chapters) {
      for (const chapter of chapters) {
        await putAll(chapter);
        await lake.settle();
        await refine();
      }
    },
    async playDisturbed(chapters, mishaps) {
      for (const chapter of chapters) {
        await putAll(chapter);
        await lake.settle(mishaps);
        await letTimePass();
        await lake.fire('dm-processing-sweep');
        await lake.settle();
        await refine();
      }
    },
    records,
    unrouted: async () => (await readBucketLines(moto.config, buckets.stage, 'errors/')).map(({ rawData }) => Buffer.from(toText(rawData), 'base64').toString()),
    invalid: () => readBucketLines(moto.config, buckets.stage, 'quarantine/events/'),
    deadEvents: () => lake.waiting('dm-raw-events-dead-letters'),
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
