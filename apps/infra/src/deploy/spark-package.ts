import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { hashFolder } from '../artifacts.ts';
import type { LakePlan } from '../lake-plan.ts';

const hashKey = 'dm-content';
const prefix = 'spark/';
/** Written last: it says that all others are there. */
const last = 'main.py';

/** The package that was built last; undefined when there is none. Building it again writes its files anew, not its folder. */
export function newestPackage(folder: string): string | undefined {
  const builtMs = (path: string): number => statSync(join(path, last)).mtimeMs;
  try {
    return readdirSync(folder).map((name) => join(folder, name)).filter((path) => existsSync(join(path, last))).sort((a, b) => builtMs(b) - builtMs(a))[0];
  } catch {
    return undefined;
  }
}

/** Puts the Spark package under `spark/` unless it is there; returns whether it was put. */
export async function deploySparkPackage(client: S3Client, bucket: string, folder: string): Promise<boolean> {
  const hash = hashFolder(folder);
  const present = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: `${prefix}${last}` })).catch(() => undefined);
  if (present?.Metadata?.[hashKey] === hash) return false;
  const names = readdirSync(folder).sort((a, b) => Number(a === last) - Number(b === last));
  for (const name of names) await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}${name}`, Body: readFileSync(join(folder, name)), Metadata: { [hashKey]: hash } }));
  return true;
}

/** Deploys the package of this workspace; returns what there is to say of it. */
export async function deployNewestPackage({ region, names }: LakePlan, packages: string): Promise<string> {
  const folder = newestPackage(packages);
  if (!folder) throw new Error('spark-jobs has no package; expected a folder in dist/spark-jobs; run npx nx run spark-jobs:package, then spark-jobs:deploy');
  const client = new S3Client({ region, forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
  try {
    return `spark-jobs: ${(await deploySparkPackage(client, names.buckets.artifacts, folder)) ? 'package deployed' : 'is deployed'}`;
  } finally {
    client.destroy();
  }
}
