import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CreateDatabaseCommand, GetTableCommand, GlueClient as GlueSdk, UpdateTableCommand } from '@aws-sdk/client-glue';
import { createDuckDbEngine } from '@data-master/duckdb';
import { CommitUnknownError, createGlueCatalog, createTable, loadTable, TableExistsError, type IcebergPorts, type Table } from '@data-master/iceberg';
import { TerminalError, type QueryEngine } from '@data-master/ports';
import { createGlueClient } from './glue.ts';
import { createS3IcebergFileIO } from './iceberg.ts';
import { createS3ObjectStore } from './s3.ts';
import { describeWithMoto, injectFaults, prepareMoto, startMoto, type Fault } from './testing/index.ts';
import { makeBucket, makeFolder } from './testing/parts.ts';

const database = 'dm_silver';

await describeWithMoto('Iceberg tables in Glue and S3', (moto) => {
  const cleaners: (() => unknown)[] = [];
  const onEnd = (clean: () => unknown) => cleaners.unshift(clean);
  let engine: QueryEngine;
  let bucket: Awaited<ReturnType<typeof makeBucket>>;
  let folder: string;

  beforeAll(async () => {
    folder = await makeFolder(onEnd);
    engine = await createDuckDbEngine({ memoryLimitMb: 256, threads: 2, spillFolder: join(folder, 'spill') });
    onEnd(() => engine.close());
    bucket = await makeBucket(moto(), onEnd);
    await glueSdk().send(new CreateDatabaseCommand({ DatabaseInput: { Name: database } }));
  });
  afterAll(async () => {
    for (const clean of cleaners) await clean();
  });

  function glueSdk(): GlueSdk {
    const client = new GlueSdk({ ...moto().config });
    onEnd(() => client.destroy());
    return client;
  }

  /** A table as one process sees it: with its own client and its own cache. */
  function processOf(name: string, session: QueryEngine = engine) {
    const sdk = glueSdk();
    const cacheFolder = join(folder, randomUUID());
    const objects = createS3ObjectStore(bucket);
    const readKeys: string[] = [];
    const read = (key: string) => {
      readKeys.push(key);
      return objects.read(key);
    };
    const io = createS3IcebergFileIO({ store: { ...objects, read }, bucket: bucket.bucket, cacheFolder });
    const ports: IcebergPorts = { io, engine: session, now: () => Date.now(), newUuid: () => randomUUID() };
    const location = `s3://${bucket.bucket}/silver/${name}`;
    const catalog = createGlueCatalog({ client: createGlueClient({ client: sdk }), io, newUuid: () => randomUUID(), database, table: name, location });
    return {
      sdk,
      io,
      cacheFolder,
      readKeys,
      location,
      create: () =>
        createTable({
          catalog,
          ports,
          schema: { fields: [{ id: 1, name: 'key', required: true, type: 'long' }, { id: 2, name: 'city', required: false, type: 'string' }] },
          partitioning: [{ source: 'city', transform: 'identity' }],
        }),
      open: (): Promise<Table> => loadTable({ catalog, ports }),
    };
  }

  const rowsOf = async (name: string) => {
    const { sql } = await (await processOf(name).open()).scan({ columns: ['key', 'city'] });
    return (await engine.rows(`${sql} ORDER BY 1`)).map((row) => [Number(row['key']), row['city']]);
  };
  const append = (table: Table, key: number, city = 'Quito') => table.append(`SELECT ${key} AS key, '${city}' AS city`);
  const stored = async (name: string) => (await glueSdk().send(new GetTableCommand({ DatabaseName: database, Name: name }))).Table;

  it('are made, written, merged by DuckDB and read by another process', async () => {
    const table = await processOf('merged').create();
    await append(table, 1);
    await append(table, 2, 'Cuenca');
    const { updatedRows } = await table.merge({
      source: "SELECT * FROM (VALUES (2, 'Loja'), (3, 'São Paulo/100%')) v(key, city)",
      on: ['key'],
      matched: [{ set: { city: 's.city' } }],
      notMatched: [{ insert: { key: 's.key', city: 's.city' } }],
    });
    expect(updatedRows).toBe(1);
    expect(await rowsOf('merged')).toEqual([[1, 'Quito'], [2, 'Loja'], [3, 'São Paulo/100%']]);
    await expect(processOf('merged').create()).rejects.toThrow(TableExistsError);
  });

  it('are read by PyIceberg through the same Glue and S3', async () => {
    const table = await processOf('foreign').create();
    await append(table, 1);
    await append(table, 2, 'Cuenca');
    const prepared = await prepareMoto();
    if (prepared.missing !== undefined) throw new Error(prepared.missing);
    const { endpoint, region } = moto().config;
    const { stdout } = await promisify(execFile)(prepared.python, [join(import.meta.dirname, 'testing', 'read_table.py'), endpoint, region, `${database}.foreign`]);
    expect(JSON.parse(stdout)).toEqual([{ key: 1, city: 'Quito' }, { key: 2, city: 'Cuenca' }]);
  });

  it('show their columns in Glue and keep what others put there', async () => {
    const table = await processOf('shown').create();
    const { sdk } = processOf('shown');
    const { Parameters, StorageDescriptor, TableType } = (await stored('shown')) ?? {};
    await sdk.send(new UpdateTableCommand({ DatabaseName: database, TableInput: { Name: 'shown', Owner: 'ops', TableType, StorageDescriptor, Parameters: { ...Parameters, classification: 'pii' } } }));
    await append(table, 1);
    expect(await stored('shown')).toMatchObject({
      Owner: 'ops',
      TableType: 'EXTERNAL_TABLE',
      Parameters: { classification: 'pii', table_type: 'ICEBERG', metadata_location: table.metadataLocation },
      StorageDescriptor: { Location: `s3://${bucket.bucket}/silver/shown`, Columns: [{ Name: 'key', Type: 'bigint' }, { Name: 'city', Type: 'string' }] },
    });
  });

  it('keep the appends of all writers at once', async () => {
    await processOf('shared').create();
    const writers = await Promise.all([1, 2, 3].map(() => processOf('shared').open()));
    await Promise.all(writers.map((writer, index) => append(writer, index)));
    expect((await rowsOf('shared')).map(([key]) => key)).toEqual([0, 1, 2]);
  });

  describe('when requests to Glue fail', () => {
    it.each<{ title: string; name: string; faults: Fault[] }>([
      { title: 'one answer is lost', name: 'lost_one', faults: ['lost-after'] },
      { title: 'every answer is lost', name: 'lost_all', faults: ['lost-after', 'lost-after', 'lost-after'] },
      { title: 'requests, then an answer are lost', name: 'lost_both', faults: ['lost-before', 'lost-before', 'lost-after'] },
      { title: 'they are throttled', name: 'throttled', faults: ['throttled', 'throttled'] },
    ])('commit once when $title', async ({ name, faults }) => {
      const process = processOf(name);
      const table = await process.create();
      injectFaults(process.sdk, 'UpdateTableCommand', faults);
      await append(table, 1);
      expect(faults).toEqual([]);
      await append(table, 2);
      expect((await rowsOf(name)).map(([key]) => key)).toEqual([1, 2]);
    });

    it('say that nothing is known when no request comes through', async () => {
      const process = processOf('unknown');
      const table = await process.create();
      injectFaults(process.sdk, 'UpdateTableCommand', Array<Fault>(9).fill('lost-before'));
      await expect(append(table, 1)).rejects.toThrow(CommitUnknownError);
      expect(await rowsOf('unknown')).toEqual([]);
    });
  });

  describe('as files', () => {
    it('are fetched once, and nothing that is only half fetched stays', async () => {
      const table = await processOf('fetched').create();
      await append(table, 1);
      const { io, open, cacheFolder, readKeys } = processOf('fetched');
      const { files } = await (await open()).scan();
      const uris = files.map(({ path }) => path);
      const paths = (await Promise.all([io.localPaths(uris), io.localPaths(uris)])).flat();
      expect(new Set(paths).size).toBe(1);
      expect(readKeys.filter((key) => key.includes('/data/'))).toHaveLength(1);
      await io.remove(uris[0] ?? '');
      await expect(io.localPaths(uris)).rejects.toThrow(/does not exist/);
      const left = await readdir(cacheFolder, { recursive: true, withFileTypes: true });
      expect(left.filter((entry) => entry.isFile())).toEqual([]);
    });

    it('are made by one of many who make them exclusively, and listed with their sizes', async () => {
      const { io, location } = processOf('exclusive');
      const made = await Promise.all(Array.from({ length: 10 }, (_, index) => io.createExclusive(`${location}/metadata/v1`, Uint8Array.of(index, 0))));
      expect(made.filter(Boolean)).toHaveLength(1);
      expect(await io.listFiles?.(`${location}/`)).toMatchObject([{ uri: `${location}/metadata/v1`, sizeBytes: 2 }]);
      expect(await io.exists(`${location}/metadata/v1`)).toBe(true);
      await io.discardFolder(`${location}/metadata/`);
      expect(await io.list(`${location}/`)).toEqual([]);
    });

    it.each(['s3://another/silver/a', '/silver/a', 's3://another', 'https://s3/silver/a'])('are refused outside of the bucket: %s', async (uri) => {
      await expect(processOf('outside').io.read(uri)).rejects.toThrow(TerminalError);
    });

    it('cannot leave the cache', async () => {
      await expect(processOf('outside').io.localPaths([`s3://${bucket.bucket}/../../etc/passwd`])).rejects.toThrow(TerminalError);
    });
  });

  it('say which database is missing, and the remedy', async () => {
    const client = createGlueClient({ client: glueSdk() });
    await expect(client.createTable({ database: 'nobody_has_it', input: { Name: 'a' } })).rejects.toThrow(/nobody_has_it.*EntityNotFoundException.*deploy the stack/);
  });

  it('need what is added to moto: on its own it updates a table of any version', async () => {
    const plain = await startMoto({ plain: true });
    const sdk = new GlueSdk({ ...plain.config });
    try {
      await sdk.send(new CreateDatabaseCommand({ DatabaseInput: { Name: database } }));
      const client = createGlueClient({ client: sdk });
      await client.createTable({ database, input: { Name: 'a' } });
      expect(await client.updateTable({ database, input: { Name: 'a' }, versionId: 'no version' })).toBe(true);
    } finally {
      sdk.destroy();
      await plain.close();
    }
  });
});
