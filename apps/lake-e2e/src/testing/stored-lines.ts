import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import type { ObjectStore } from '@data-master/ports';
import type { AccountAccess } from '../template/account.ts';
import { requireObject, type Json, type JsonObject } from '../template/json.ts';

/** The JSON objects of every object under a prefix, one on a line, packed or not. */
export async function readBucketLines(account: AccountAccess, bucket: string, prefix: string): Promise<JsonObject[]> {
  const s3 = new S3Client({ ...account, forcePathStyle: true });
  const lines: JsonObject[] = [];
  for await (const { Contents: objects = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    for (const { Key: key } of objects) {
      const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const bytes = Buffer.from(await body!.transformToByteArray());
      lines.push(...linesOf(key!.endsWith('.gz') ? gunzipSync(bytes) : bytes));
    }
  }
  s3.destroy();
  return lines;
}

/** The same of an object store. */
export async function readStoreLines(store: ObjectStore, prefix: string): Promise<JsonObject[]> {
  const lines: JsonObject[] = [];
  for await (const { key } of store.list(prefix)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.read(key)) chunks.push(chunk);
    lines.push(...linesOf(Buffer.concat(chunks)));
  }
  return lines;
}

const linesOf = (bytes: Buffer): JsonObject[] => bytes.toString().split('\n').filter((line) => line !== '').map((line) => requireObject(JSON.parse(line) as Json, 'line'));
