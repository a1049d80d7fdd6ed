import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFileCatalog } from './catalog.ts';
import type { FileIO } from './ports.ts';
import { createTable, loadTable, type Table } from './table.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';
import { createRemoteStore, type RemoteStore } from './testing/remote-io.ts';
import type { IcebergSchema } from './types.ts';

const location = 'remote://lake/silver/event';

const schema: IcebergSchema = {
  fields: [
    { id: 1, name: 'key', required: true, type: 'long' },
    { id: 2, name: 'text', required: false, type: 'string' },
    { id: 3, name: 'year', required: true, type: 'int' },
    { id: 4, name: 'place', required: false, type: { type: 'struct', fields: [{ id: 5, name: 'city', required: false, type: 'string' }] } },
  ],
};

let workspace: Workspace;
let store: RemoteStore;

beforeEach(async () => {
  workspace = await createWorkspace();
  store = createRemoteStore(workspace.folder);
});

afterEach(() => workspace.dispose());

const create = (): Promise<Table> =>
  createTable({ catalog: createFileCatalog({ io: store.io, location }), ports: { ...workspace.ports, io: store.io }, schema, partitioning: [{ source: 'year', transform: 'identity' }] });

/** Opened by another process, which knows nothing but what is in the store. */
const open = (io: FileIO = store.io): Promise<Table> => loadTable({ catalog: createFileCatalog({ io, location }), ports: { ...workspace.ports, io } });

const keyed = (from: number, to: number, text: string) => `SELECT range AS key, '${text}' AS text, 2020 + (range % 2)::INTEGER AS year, {'city': 'Quito'} AS place FROM range(${from}, ${to})`;

async function rows(): Promise<unknown[][]> {
  const { sql } = await (await open()).scan();
  return (await workspace.engine.rows(`SELECT text, count(*)::INTEGER AS n FROM (${sql}) GROUP BY ALL ORDER BY ALL`)).map((row) => Object.values(row));
}

const staged = async () => (await readdir(`${workspace.folder}/staged`, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
const stored = () => [...store.objects.keys()].sort();

test.each(['copy-on-write', 'merge-on-read', 'automatic'] as const)('a table in a store elsewhere is written by publishing and read by fetching: merge by %s', async (mode) => {
  const table = await create();
  await table.append(keyed(0, 100, 'a'));
  await table.append(keyed(100, 200, 'b'));
  const merged = await (await open()).merge({
    source: `SELECT * FROM (VALUES (1, 2021), (2, 2020), (150, 2020), (999, 2021)) v(key, year)`,
    on: ['key', 'year'],
    matched: [{ when: 's.key = 2', delete: true }, { set: { text: "'merged'" } }],
    notMatched: [{ insert: { key: 's.key', text: "'new'", year: 's.year' } }],
    mode,
  });
  expect(merged).toMatchObject({ updatedRows: 2, deletedRows: 1, insertedRows: 1, filesWithNewDeletes: mode === 'merge-on-read' ? 3 : 0 });
  expect(await rows()).toEqual([['a', 98], ['b', 99], ['merged', 2], ['new', 1]]);
  expect(stored().some((uri) => uri.includes('/deletes_'))).toBe(mode === 'merge-on-read');

  const compacted = await (await open()).compact({ minInputFiles: 2 });
  expect(compacted).toMatchObject({ addedFiles: mode === 'merge-on-read' ? 2 : 1 });
  expect(await rows()).toEqual([['a', 98], ['b', 99], ['merged', 2], ['new', 1]]);

  await (await open()).overwritePartitions({ partitions: [{ year: 2021 }], select: `SELECT 5 AS key, 'over' AS text, 2021 AS year, NULL AS place` });
  expect(await rows()).toEqual([['a', 49], ['b', 49], ['merged', 1], ['over', 1]]);

  await (await open()).evolvePartitioning([]);
  await (await open()).evolveSchema([{ change: 'rename', column: ['place', 'city'], to: 'town' }]);
  await (await open()).merge({ source: `SELECT 5 AS key`, on: ['key'], matched: [{ set: { text: "'again'" } }] });
  expect(await rows()).toEqual([['a', 49], ['again', 1], ['b', 49], ['merged', 1]]);
  expect(await workspace.engine.rows(`SELECT count(*)::INTEGER AS n FROM (${(await (await open()).scan()).sql}) WHERE place.town = 'Quito'`)).toEqual([{ n: 99 }]);
  expect(await staged()).toEqual([]);

  const last = await open();
  await last.expireSnapshots({ olderThanMs: Date.now() + 1 });
  const live = (await last.plan()).files.map(({ path }) => path).sort();
  expect(stored().filter((uri) => uri.includes('/data/'))).toEqual(live);
  store.objects.set(`${location}/data/orphan.parquet`, new Uint8Array(3));
  expect((await last.removeOrphanFiles({ olderThanMs: Date.now(), noRunningCommits: true })).orphans.map(({ uri }) => uri)).toContain(`${location}/data/orphan.parquet`);
  expect(await rows()).toHaveLength(4);
});

test('large partitions are split before they are published', async () => {
  const table = await create();
  await table.setProperties({ 'write.target-file-size-bytes': '50000' });
  const { files } = await table.append(`SELECT range AS key, md5(range::VARCHAR) AS text, 2020 AS year, NULL AS place FROM range(50000)`);
  expect(files).toBeGreaterThan(4);
  expect(stored().filter((uri) => uri.endsWith('.parquet'))).toEqual((await table.plan()).files.map(({ path }) => path).sort());
  expect(await staged()).toEqual([]);
});

test('a plan fetches nothing, and a scan only what its filter leaves', async () => {
  const table = await create();
  await table.append(keyed(0, 10, 'a'));
  const filter = [{ column: 'year', op: '=', value: 2020 }] as const;
  const plan = await table.plan({ filter });
  expect(plan.rows).toBe(5);
  expect(store.fetched).toEqual([]);
  const { sql, explain: _explain, ...scan } = await table.scan({ filter });
  expect(scan).toEqual(plan);
  expect(store.fetched).toEqual(plan.files.map(({ path }) => path));
  expect(await workspace.engine.rows(sql)).toHaveLength(5);
});

describe('when publishing fails', () => {
  const failing = (moment: 'before' | 'after'): FileIO => ({
    ...store.io,
    async publishFiles(uris) {
      if (moment === 'after') await store.io.publishFiles(uris.slice(0, 1));
      throw new Error('upload failed');
    },
  });

  test.each([
    ['append', 'before'],
    ['append', 'after'],
    ['merge', 'before'],
    ['merge', 'after'],
  ] as const)('%s, %s the first file is stored: nothing is committed and nothing stays', async (operation, moment) => {
    const first = await create();
    await first.append(keyed(0, 10, 'a'));
    const before = stored();
    const table = await open(failing(moment));
    const outcome =
      operation === 'append'
        ? table.append(keyed(10, 20, 'b'))
        : table.merge({ source: 'SELECT 1 AS key', on: ['key'], matched: [{ delete: true }], mode: 'merge-on-read' });
    await expect(outcome).rejects.toThrow('upload failed');
    expect(stored()).toEqual(before);
    expect(await staged()).toEqual([]);
    expect(await rows()).toEqual([['a', 10]]);
  });

  test('a process that dies after publishing leaves orphans only', async () => {
    const first = await create();
    await first.append(keyed(0, 10, 'a'));
    const before = stored();
    const dead = async (): Promise<never> => {
      throw new Error('process is gone');
    };
    let gone = false;
    const io: FileIO = {
      ...store.io,
      async publishFiles(uris) {
        await store.io.publishFiles(uris);
        gone = true;
      },
      write: (uri, bytes) => (gone ? dead() : store.io.write(uri, bytes)),
      remove: (uri) => (gone ? dead() : store.io.remove(uri)),
      discardFolder: dead,
    };
    await expect((await open(io)).append(keyed(10, 20, 'b'))).rejects.toThrow('process is gone');
    const orphans = stored().filter((uri) => !before.includes(uri));
    expect(orphans).toHaveLength(2);
    expect(await rows()).toEqual([['a', 10]]);
    await (await open()).removeOrphanFiles({ olderThanMs: Date.now(), noRunningCommits: true });
    expect(stored().filter((uri) => uri.includes('/data/'))).toEqual(before.filter((uri) => uri.includes('/data/')));
  });
});
