import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFileCatalog, type Catalog } from './catalog.ts';
import { createManifestReader } from './snapshot-files.ts';
import { createTable, loadTable, type Table } from './table.ts';
import { commitDeletes } from './testing/foreign-deletes.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';

let workspace: Workspace;
let location: string;

beforeEach(async () => {
  workspace = await createWorkspace();
  location = `${workspace.folder}/t`;
});

afterEach(() => workspace.dispose());

function catalog(): Catalog {
  return createFileCatalog({ io: workspace.ports.io, location });
}

/** Six files in part 0, two in part 1, of two rows each. */
async function createFragments(properties: Record<string, string> = {}): Promise<Table> {
  const table = await createTable({
    catalog: catalog(),
    ports: workspace.ports,
    schema: { fields: [{ id: 1, name: 'key', required: false, type: 'long' }, { id: 2, name: 'part', required: false, type: 'int' }] },
    partitioning: [{ source: 'part', transform: 'identity' }],
    properties,
  });
  for (let round = 0; round < 6; round++) await table.append(`SELECT ${round * 10} + i AS key, 0 AS part FROM range(2) r(i)`);
  for (let round = 6; round < 8; round++) await table.append(`SELECT ${round * 10} + i AS key, 1 AS part FROM range(2) r(i)`);
  return table;
}

async function keysOf(table: Table): Promise<number[]> {
  return (await workspace.engine.rows(`SELECT key FROM (${(await table.scan()).sql}) ORDER BY key`)).map((row) => Number(row['key']));
}

async function positionsOf(table: Table, keys: string): Promise<string> {
  const paths = (await table.scan()).files.map((file) => `'${file.path}'`).join(', ');
  return `SELECT filename AS file_path, file_row_number AS pos FROM read_parquet([${paths}], hive_partitioning = false, filename = true, file_row_number = true) WHERE key IN (${keys})`;
}

test('small files of a partition become one, in a snapshot that replaces nothing but files', async () => {
  const table = await createFragments();
  const keys = await keysOf(table);
  const result = await table.compact({ minInputFiles: 3 });
  expect(result).toMatchObject({
    rewrittenFiles: 6,
    addedFiles: 1,
    before: { dataFiles: 8, smallFiles: 8, partitions: [{ files: 2 }, { files: 6 }] },
    after: { dataFiles: 3, smallFiles: 2, rows: 16 },
  });
  expect(await keysOf(table)).toEqual(keys);
  expect(table.currentSnapshot?.summary).toMatchObject({ operation: 'replace', 'added-records': '12', 'deleted-records': '12', 'total-records': '16' });
  expect((await table.compact({ minInputFiles: 3 })).snapshots).toEqual([]);
});

test('a filter, a minimum and the bytes of a commit bound what is done at once', async () => {
  const table = await createFragments();
  expect((await table.compact({ minInputFiles: 3, filter: [{ column: 'part', op: '=', value: 1 }] })).rewrittenFiles).toBe(0);
  const result = await table.compact({ minInputFiles: 2, maxCommitBytes: 1 });
  expect(result.snapshots).toHaveLength(2);
  expect(result.after.dataFiles).toBe(2);
  await expect(table.compact({ targetFileSizeBytes: 0 })).rejects.toThrow(/targetFileSizeBytes: found 0/);
});

test('files with deletes are written anew whatever their number, and the deletes go', async () => {
  const table = await createFragments();
  await commitDeletes(workspace, location, { select: await positionsOf(table, '0, 11'), partition: { part: 0 } });
  await commitDeletes(workspace, location, { select: 'SELECT 60::BIGINT AS key', equalityIds: { key: 1 }, partition: { part: 1 } });
  await table.refresh();
  const keys = await keysOf(table);
  expect(await table.measureDebt()).toMatchObject({ deleteFiles: 2, deleteRatio: 3 / 16 });
  const result = await table.compact({ minInputFiles: 100 });
  expect(result).toMatchObject({ removedDeleteFiles: 2, after: { deleteFiles: 0, rows: 13 } });
  expect(await keysOf(table)).toEqual(keys);
});

test('small files go with files that are written anew for their deletes', async () => {
  const table = await createFragments();
  await table.merge({ source: 'SELECT 60 AS key', on: ['key'], matched: [{ delete: true }], mode: 'merge-on-read' });
  const result = await table.compact({ minInputFiles: 100 });
  expect(result).toMatchObject({ rewrittenFiles: 2, addedFiles: 1, removedDeleteFiles: 1, after: { dataFiles: 7, rows: 15 } });
});

/** Runs `interfere` once, right before the first commit of the returned handle. */
async function openInterrupted(interfere: () => Promise<unknown>): Promise<Table> {
  const own = catalog();
  let interrupted = false;
  const commit: Catalog['commit'] = async (base, next) => {
    if (!interrupted) {
      interrupted = true;
      await interfere();
    }
    return own.commit(base, next);
  };
  return loadTable({ ports: workspace.ports, catalog: { ...own, commit } });
}

test('an equality delete committed meanwhile still applies to the compacted rows, without compacting again', async () => {
  await createFragments();
  const compacting = await openInterrupted(() => commitDeletes(workspace, location, { select: 'SELECT 10::BIGINT AS key', equalityIds: { key: 1 }, partition: { part: 0 } }));
  const folders = async () => new Set((await workspace.ports.io.list(`${location}/data/`)).map((file) => file.split('/').at(-3)));
  const before = (await folders()).size;
  await compacting.compact({ minInputFiles: 3 });
  expect((await folders()).size - before).toBe(2);
  expect(await keysOf(compacting)).not.toContain(10);
  expect(await keysOf(compacting)).toHaveLength(15);
  expect((await compacting.scan()).deleteFiles).toHaveLength(1);
});

test('position deletes and merges committed meanwhile are not lost: the part is compacted again', async () => {
  const table = await createFragments();
  const positions = await positionsOf(table, '20');
  const compacting = await openInterrupted(async () => {
    await commitDeletes(workspace, location, { select: positions, partition: { part: 0 } });
    const other = await loadTable({ catalog: catalog(), ports: workspace.ports });
    await other.merge({ source: 'SELECT 30 AS key', on: ['key'], matched: [{ delete: true }] });
  });
  await compacting.compact({ minInputFiles: 3 });
  const keys = await keysOf(compacting);
  expect(keys).toHaveLength(14);
  expect(keys).not.toContain(20);
  expect(keys).not.toContain(30);
  expect(new Set(await workspace.ports.io.list(`${location}/data/`)).size).toBe(8 + 1 + 1 + 1);
});

test('rewritten manifests are few, sorted by partition, and keep the age of every file', async () => {
  const table = await createFragments({ 'commit.manifest-merge.enabled': 'false' });
  const keys = await keysOf(table);
  const result = await table.rewriteManifests();
  expect(result).toMatchObject({ before: { manifests: 8 }, after: { manifests: 1 } });
  expect(result.after.manifestBytes).toBeLessThan(result.before.manifestBytes);
  expect(await keysOf(table)).toEqual(keys);
  const state = await catalog().load();
  if (!state) throw new Error('no table');
  const reader = createManifestReader(workspace.ports.io);
  const [manifest] = await reader.manifests(table.currentSnapshot);
  const entries = manifest ? await reader.entries(state, manifest) : [];
  expect(entries.map(({ file }) => file.partition[0])).toEqual([0, 0, 0, 0, 0, 0, 1, 1]);
  expect(new Set(entries.map(({ sequenceNumber }) => sequenceNumber)).size).toBe(8);
  expect((await table.rewriteManifests()).snapshot).toBeUndefined();
});
