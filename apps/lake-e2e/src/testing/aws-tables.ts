import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { createGlueClient } from '@data-master/aws/glue';
import { createS3IcebergFileIO } from '@data-master/aws/iceberg';
import { createS3ObjectStore } from '@data-master/aws/s3';
import { beerLake } from '@data-master/beer-lake';
import { createDuckDbEngine } from '@data-master/duckdb';
import { createGlueLakeTables } from '@data-master/refinement';
import { createRandomIds, createSystemClock } from '@data-master/runtime';
import { lakeTables, quoteText } from '@data-master/table-contracts';
import type { AccountAccess } from '../template/account.ts';

/** Writes the rows of every silver and gold table of an AWS lake to a Parquet file each; gives the files by `silver.beer`. */
export async function exportTables(account: AccountAccess, bucket: string, folder: string): Promise<Record<string, string>> {
  await mkdir(folder, { recursive: true });
  const s3 = new S3Client({ ...account, forcePathStyle: true });
  const glue = new GlueClient(account);
  const tables = createGlueLakeTables({
    client: createGlueClient({ client: glue }),
    io: createS3IcebergFileIO({ store: createS3ObjectStore({ client: s3, bucket }), bucket, cacheFolder: join(folder, 'cache') }),
    databasePrefix: 'dm', datalakeUri: `s3://${bucket}`, clock: createSystemClock(), ids: createRandomIds(),
    logger: silent,
  });
  const engine = await createDuckDbEngine({ memoryLimitMb: 512, threads: 2, spillFolder: join(folder, 'spill') });
  const files: Record<string, string> = {};
  try {
    for (const table of lakeTables(beerLake)) {
      const name = `${table.layer}.${table.name}`;
      files[name] = join(folder, `${name}.parquet`);
      await engine.run(`COPY (${(await (await tables.open(table, engine)).scan()).sql}) TO ${quoteText(files[name])} (FORMAT parquet)`);
    }
  } finally {
    await engine.close();
    s3.destroy();
    glue.destroy();
  }
  return files;
}

const silent = { log: () => undefined, child: () => silent };
