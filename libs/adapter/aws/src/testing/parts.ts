import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Moto } from './moto.ts';

export type OnEnd = (clean: () => unknown) => void;

/** A client and a new bucket. */
export async function makeBucket({ config }: Moto, onEnd: OnEnd): Promise<{ client: S3Client; bucket: string }> {
  const client = new S3Client({ ...config });
  onEnd(() => client.destroy());
  const bucket = `test-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } }));
  return { client, bucket };
}

/** A temporary folder. */
export async function makeFolder(onEnd: OnEnd): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aws-'));
  onEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
