import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDuckDbEngine } from '@data-master/duckdb';
import { quoteText } from '@data-master/table-contracts';
import type { AccountAccess } from '../template/account.ts';

/** Everything that can be read in the objects of a bucket outside of a prefix: bytes and, of Parquet files, the rows with an @ as text. */
export async function readStoredText(account: AccountAccess, bucket: string, folder: string, except?: string): Promise<Map<string, string>> {
  await mkdir(folder, { recursive: true });
  const s3 = new S3Client({ ...account, forcePathStyle: true });
  const engine = await createDuckDbEngine({ memoryLimitMb: 512, threads: 1, spillFolder: join(folder, 'spill') });
  const texts = new Map<string, string>();
  try {
    for await (const { Contents: objects = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
      for (const { Key: key } of objects) {
        if (!key || (except && key.startsWith(except))) continue;
        const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        const bytes = await body!.transformToByteArray();
        texts.set(key, Buffer.from(bytes).toString('latin1') + (key.endsWith('.parquet') ? await valuesOf(bytes) : ''));
      }
    }
  } finally {
    await engine.close();
    s3.destroy();
  }
  return texts;

  async function valuesOf(bytes: Uint8Array): Promise<string> {
    const file = join(folder, `${randomUUID()}.parquet`);
    await writeFile(file, bytes);
    return JSON.stringify(await engine.rows(`SELECT CAST(object AS VARCHAR) AS row FROM read_parquet(${quoteText(file)}, hive_partitioning = false) AS object WHERE contains(CAST(object AS VARCHAR), '@')`));
  }
}
