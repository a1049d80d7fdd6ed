import { copyFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFileCatalog } from './catalog.ts';
import { CorruptFileError, MissingFileError } from './errors.ts';
import { createTable, loadTable, type Table } from './table.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';
import { createRemoteStore } from './testing/remote-io.ts';
import type { IcebergSchema } from './types.ts';

let workspace: Workspace;

beforeEach(async () => {
  workspace = await createWorkspace();
});

afterEach(() => workspace.dispose());

const schema: IcebergSchema = {
  fields: [
    { id: 1, name: 'key', required: true, type: 'long' },
    { id: 2, name: 'text', required: false, type: 'string' },
  ],
};

const location = () => `${workspace.folder}/it's`;
const load = () => loadTable({ catalog: createFileCatalog({ io: workspace.ports.io, location: location() }), ports: workspace.ports });

/** Two data files, the second with a position delete file. */
async function createFilled(): Promise<Table> {
  const table = await createTable({ catalog: createFileCatalog({ io: workspace.ports.io, location: location() }), ports: workspace.ports, schema });
  await table.append(`SELECT range AS key, md5(range::VARCHAR) AS text FROM range(1000)`);
  await table.append(`SELECT 1000 + range AS key, md5(range::VARCHAR) AS text FROM range(1000)`);
  await table.merge({ source: 'SELECT 1500 AS key', on: ['key'], matched: [{ delete: true }], mode: 'merge-on-read' });
  return load();
}

async function pathOf(table: Table, which: string): Promise<string> {
  const { files, deleteFiles } = await table.plan();
  const path = which === 'data file' ? files.at(-1)?.path : deleteFiles[0];
  if (path === undefined) throw new Error('no such file');
  return path;
}

const reads: Record<string, (table: Table) => Promise<unknown>> = {
  scan: async (table) => {
    const { sql, explain } = await table.scan();
    return workspace.engine.rows(sql).catch(async (error: unknown) => {
      throw await explain(error);
    });
  },
  merge: (table) => table.merge({ source: 'SELECT range AS key FROM range(3000)', on: ['key'], matched: [{ set: { text: "'x'" } }] }),
  'merge-on-read': (table) => table.merge({ source: 'SELECT range AS key FROM range(3000)', on: ['key'], matched: [{ set: { text: "'x'" } }], mode: 'merge-on-read' }),
  compact: (table) => table.compact({ minInputFiles: 2 }),
};

const damages: [string, (path: string) => Promise<void>, typeof MissingFileError | typeof CorruptFileError, RegExp][] = [
  ['missing', (path) => rm(path), MissingFileError, /found no such file, expected the one that the table refers to; restore it/],
  ['cut short', (path) => truncate(path, 300), CorruptFileError, /found 300 bytes, expected \d+ bytes, as the manifest says/],
  ['empty', (path) => truncate(path, 0), CorruptFileError, /found 0 bytes, expected \d+ bytes/],
  ['overwritten in the middle', scramble, CorruptFileError, /found what the SQL engine cannot read \(.+\), expected a whole Parquet file/],
  ['no Parquet of the right size', async (path) => writeFile(path, 'x'.repeat((await readFile(path)).length)), CorruptFileError, /found what the SQL engine cannot read \(.+\), expected a whole Parquet file/],
];

/** Destroys the pages and keeps the footer. */
async function scramble(path: string): Promise<void> {
  const bytes = await readFile(path);
  const footerBytes = bytes.readUInt32LE(bytes.length - 8);
  bytes.fill(0xa5, 4, bytes.length - 8 - footerBytes);
  await writeFile(path, bytes);
}

describe.each(['data file', 'position delete file'])('a %s that is', (which) => {
  test.each(damages)('%s is named with what was expected, by every operation that reads it, and nothing changes', async (_name, damage, error, message) => {
    const table = await createFilled();
    const path = await pathOf(table, which);
    await damage(path);
    const before = await workspace.ports.io.list(`${location()}/`);
    for (const [name, read] of Object.entries(reads)) {
      const refusal = await read(await load()).catch((reason: unknown) => reason);
      expect([name, refusal]).toEqual([name, expect.any(error)]);
      expect((refusal as Error).message).toContain(path);
      expect((refusal as Error).message).toMatch(message);
      expect((refusal as Error).cause).toBeDefined();
    }
    expect(await workspace.ports.io.list(`${location()}/`)).toEqual(before);
  });
});

test('a missing file is told before any SQL is given, and does not hinder a scan that does not need it', async () => {
  const table = await createFilled();
  await rm(await pathOf(table, 'data file'));
  await expect(table.scan()).rejects.toThrow(MissingFileError);
  const { sql } = await table.scan({ filter: [{ column: 'key', op: '>=', value: 1990n }] });
  expect(await workspace.engine.rows(sql)).toHaveLength(10);
});

test('errors of the engine that are not of a file stay what they are', async () => {
  const table = await createFilled();
  const { explain, sql } = await table.scan();
  const failure = await workspace.engine.rows(`SELECT error('row is bad') FROM (${sql})`).catch((reason: unknown) => reason);
  expect(await explain(failure)).toBe(failure);
  await expect(table.merge({ source: 'SELECT 1 AS key', on: ['key'], matched: [{ set: { text: `error('row is bad')` } }] })).rejects.toThrow(/row is bad/);
});

test('a file that a store elsewhere has lost is named, and one that it gives in part as well', async () => {
  const store = createRemoteStore(workspace.folder);
  const catalog = createFileCatalog({ io: store.io, location: 'remote://lake/t' });
  const table = await createTable({ catalog, ports: { ...workspace.ports, io: store.io }, schema });
  await table.append('SELECT 1 AS key, NULL AS text');
  const [file] = (await table.plan()).files;
  const uri = file?.path ?? '';
  const bytes = store.objects.get(uri) ?? new Uint8Array();
  store.objects.set(uri, bytes.subarray(0, 100));
  const cut = await table.compact({ minInputFiles: 1 }).then(() => table.merge({ source: 'SELECT 1 AS key', on: ['key'], matched: [{ delete: true }] })).catch((reason: unknown) => reason);
  expect(cut).toBeInstanceOf(CorruptFileError);
  expect(cut).toMatchObject({ file: uri, found: '100 bytes', expected: `${bytes.length} bytes, as the manifest says` });
  store.objects.delete(uri);
  await expect(table.scan()).rejects.toThrow(new MissingFileError(uri).message);
});

test('a data file in the place of another is refused by its size', async () => {
  const table = await createFilled();
  const [first, second] = (await table.plan()).files;
  await workspace.engine.run(`COPY (SELECT 1 AS key) TO '${(first?.path ?? '').replaceAll("'", "''")}.other' (FORMAT parquet)`);
  await copyFile(`${first?.path}.other`, second?.path ?? '');
  const { sql, explain } = await table.scan();
  const failure = await workspace.engine.rows(sql).catch((reason: unknown) => reason);
  expect(await explain(failure)).toBeInstanceOf(CorruptFileError);
});
