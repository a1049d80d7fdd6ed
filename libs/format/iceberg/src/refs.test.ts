import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFileCatalog } from './catalog.ts';
import { InvalidArgumentError } from './errors.ts';
import { createTable, loadTable, type ScanOptions, type Table } from './table.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';

let workspace: Workspace;
let nowMs: number;

beforeEach(async () => {
  workspace = await createWorkspace();
  nowMs = 1_000_000;
});

afterEach(() => workspace.dispose());

function catalog() {
  return createFileCatalog({ io: workspace.ports.io, location: `${workspace.folder}/t` });
}

/** A table of three snapshots, one key each, a second apart. */
async function createHistory(): Promise<{ table: Table; ids: bigint[] }> {
  const ports = { ...workspace.ports, now: () => nowMs };
  const table = await createTable({ catalog: catalog(), ports, schema: { fields: [{ id: 1, name: 'key', required: false, type: 'int' }] } });
  const ids: bigint[] = [];
  for (const key of [1, 2, 3]) {
    nowMs += 1000;
    ids.push((await table.append(`SELECT ${key} AS key`)).snapshot?.['snapshot-id'] ?? 0n);
  }
  return { table, ids };
}

async function keysOf(table: Table, options: ScanOptions = {}): Promise<unknown[]> {
  return (await workspace.engine.rows(`SELECT * FROM (${(await table.scan(options)).sql}) ORDER BY 1`)).map((row) => Object.values(row)[0]);
}

test('a scan reads a snapshot, what was current at a time, a tag or a branch', async () => {
  const { table, ids } = await createHistory();
  await table.createTag('second', { snapshotId: ids[1] as bigint });
  expect(await keysOf(table, { snapshotId: ids[0] as bigint })).toEqual([1]);
  expect(await keysOf(table, { asOfMs: 1_002_000 })).toEqual([1, 2]);
  expect(await keysOf(table, { asOfMs: 1_002_999 })).toEqual([1, 2]);
  expect(await keysOf(table, { ref: 'second' })).toEqual([1, 2]);
  expect(await keysOf(table, { ref: 'main' })).toEqual([1, 2, 3]);
  await expect(table.scan({ asOfMs: 1_000_999 })).rejects.toThrow(/1970-01-01T00:16:40.999Z: found no snapshot.*expected a time from 1970-01-01T00:16:41.000Z on/);
  await expect(table.scan({ ref: 'third' })).rejects.toThrow(/ref "third": found none, expected one of: main, second/);
  await expect(table.scan({ ref: 'main', asOfMs: 1 })).rejects.toThrow(InvalidArgumentError);
});

test('commits to a branch leave main alone, and main takes them by moving', async () => {
  const { table, ids } = await createHistory();
  await table.createBranch('audit', { snapshotId: ids[1] as bigint, minSnapshotsToKeep: 3 });
  const { snapshot } = await table.append('SELECT 9 AS key', { branch: 'audit' });
  await table.merge({ source: 'SELECT 1 AS key', on: ['key'], matched: [{ delete: true }], branch: 'audit' });
  expect(snapshot?.['parent-snapshot-id']).toBe(ids[1]);
  expect(await keysOf(table, { ref: 'audit' })).toEqual([2, 9]);
  expect(await keysOf(table)).toEqual([1, 2, 3]);
  expect(table.metadata.refs['audit']).toMatchObject({ type: 'branch', 'min-snapshots-to-keep': 3 });
  await table.overwritePartitions({ partitions: 'all', select: 'SELECT 7 AS key', branch: 'audit' });
  await table.moveRef('main', table.metadata.refs['audit']?.['snapshot-id'] ?? 0n);
  expect(await keysOf(await loadTable({ catalog: catalog(), ports: workspace.ports }))).toEqual([7]);
  await expect(table.append('SELECT 1 AS key', { branch: 'nowhere' })).rejects.toThrow(/branch "nowhere": found none, expected one of: main, audit/);
});

test('tags and branches are created once, moved with their retention, and dropped, but for main', async () => {
  const { table, ids } = await createHistory();
  await table.createTag('release', { maxRefAgeMs: 5 });
  await expect(table.createTag('release')).rejects.toThrow(/found a tag of this name/);
  await expect(table.append('SELECT 1 AS key', { branch: 'release' })).rejects.toThrow(/branch "release": found a tag/);
  await table.moveRef('release', ids[0] as bigint);
  expect(table.metadata.refs['release']).toEqual({ 'snapshot-id': ids[0], type: 'tag', 'max-ref-age-ms': 5 });
  await table.dropRef('release');
  expect(Object.keys(table.metadata.refs)).toEqual(['main']);
  await expect(table.dropRef('main')).rejects.toThrow(/the branch that readers see/);
  await expect(table.moveRef('main', 1n)).rejects.toThrow(/snapshot 1: found none of this id among 3/);
  await expect(table.createBranch('odd', { minSnapshotsToKeep: 0 })).rejects.toThrow(/min-snapshots-to-keep: found 0/);
});

test('a rollback makes an earlier state current, is logged, and goes to ancestors only', async () => {
  const { table, ids } = await createHistory();
  await table.createBranch('side');
  const { snapshot: side } = await table.append('SELECT 9 AS key', { branch: 'side' });
  nowMs += 1000;
  await table.rollbackTo(ids[0] as bigint);
  expect(await keysOf(table)).toEqual([1]);
  expect(await keysOf(table, { asOfMs: nowMs - 1 })).toEqual([1, 2, 3]);
  expect(await keysOf(table, { asOfMs: nowMs })).toEqual([1]);
  const { snapshot } = await table.append('SELECT 4 AS key');
  expect(snapshot).toMatchObject({ 'parent-snapshot-id': ids[0], 'sequence-number': 5n });
  await expect(table.rollbackTo(side?.['snapshot-id'] ?? 0n)).rejects.toThrow(/never went through/);
});
