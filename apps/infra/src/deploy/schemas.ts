import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { schemaFolder } from '../lake-names.ts';
import type { LakePlan } from '../lake-plan.ts';

/** Puts the schemas of events that are not there as they are; returns how many were put. A published version stays, also when its file is gone. */
export async function deploySchemas(client: S3Client, bucket: string, folder: string): Promise<number> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json')).map((file) => file.replaceAll('\\', '/')).sort();
  let put = 0;
  for (const file of files) {
    const [key, text] = [`${schemaFolder}${file}`, readFileSync(join(folder, file), 'utf8')];
    const present = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key })).catch((error: unknown) => {
      if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
      throw error;
    });
    if ((await present?.Body?.transformToString()) === text) continue;
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, ContentType: 'application/schema+json' }));
    put += 1;
  }
  return put;
}

/** Deploys the schemas of this workspace; returns what there is to say of it. */
export async function deployWorkspaceSchemas({ region, names }: LakePlan, workspace: string): Promise<string> {
  const client = new S3Client({ region, forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
  try {
    return `schemas: ${await deploySchemas(client, names.buckets.stage, join(workspace, 'schemas'))} deployed`;
  } finally {
    client.destroy();
  }
}
