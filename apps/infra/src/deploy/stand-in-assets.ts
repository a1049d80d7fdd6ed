import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, HeadBucketCommand, PutObjectCommand, type BucketLocationConstraint, type S3Client } from '@aws-sdk/client-s3';
import { zipFolder } from './zip.ts';

/** The part of an asset manifest of CDK that matters here. */
interface AssetManifest {
  files?: Record<string, { source: { path: string; packaging: 'zip' | 'file' }; destinations: Record<string, { bucketName: string; objectKey: string }> }>;
}

/** Puts the code of functions and layers where the template of a stack says that it is; the bucket is made when a stand-in was not bootstrapped. */
export async function uploadAssets(client: S3Client, region: string, folder: string, stack: string): Promise<void> {
  const { files = {} } = JSON.parse(readFileSync(join(folder, `${stack}.assets.json`), 'utf8')) as AssetManifest;
  for (const { source, destinations } of Object.values(files)) {
    if (source.path.endsWith('.template.json')) continue;
    const path = join(folder, source.path);
    const body = statSync(path).isDirectory() ? zipFolder(path) : readFileSync(path);
    for (const { bucketName, objectKey } of Object.values(destinations)) {
      await makeBucket(client, bucketName, region);
      await client.send(new PutObjectCommand({ Bucket: bucketName, Key: objectKey, Body: body }));
    }
  }
}

async function makeBucket(client: S3Client, bucket: string, region: string): Promise<void> {
  const exists = await client.send(new HeadBucketCommand({ Bucket: bucket })).then(() => true, () => false);
  if (!exists) await client.send(new CreateBucketCommand({ Bucket: bucket, ...(region !== 'us-east-1' && { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } }) }));
}
