import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '@data-master/aws/s3';
import { parseSchemaFile, publishSchemas } from '@data-master/events';
import { schemaFolder } from '../lake-names.ts';
import type { LakePlan } from '../lake-plan.ts';

/** Puts the schemas of a folder, `<event>/<version>.json`, where the validator reads them; TerminalError when one differs from what was published under its number. Returns how many there are. */
export async function deploySchemas(client: S3Client, bucket: string, folder: string): Promise<number> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
  const sources = files.map((file) => parseSchemaFile(file.replaceAll('\\', '/'), readFileSync(join(folder, file), 'utf8')));
  await publishSchemas(sources, createS3ObjectStore({ client, bucket }), schemaFolder);
  return sources.length;
}

/** Deploys the schemas of this workspace; returns what there is to say of it. */
export async function deployWorkspaceSchemas({ region, names }: LakePlan, workspace: string): Promise<string> {
  const client = new S3Client({ region, forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
  try {
    return `schemas: ${await deploySchemas(client, names.buckets.stage, join(workspace, 'schemas'))} are deployed`;
  } finally {
    client.destroy();
  }
}
