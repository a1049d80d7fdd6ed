import { utimes } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFileCatalog } from './catalog.ts';
import type { FileIO } from './ports.ts';
import { createTable, loadTable, type Table } from './table.ts';
import { commitDeletes } from './testing/foreign-deletes.ts';
import { failingIO } from './testing/failing-io.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';

let workspace: Workspace;
let nowMs: number;
let tables = 0;

beforeEach(async () => {
  workspace = await createWorkspace();
  nowMs = Date.now();
});

afterEach(() => workspace.dispose());

const ports = () => ({ ...workspace.ports, now: () => nowMs });
const load = (location: string, io = workspace.ports.io): Promise<Table> => loadTable({ catalog: createFileCatalog({ io, location }), ports: { ...ports(), io } });
const filesOf = async (table: Table): Promise<string[]> => (await workspace.ports.io.list(`${table.metadata.location}/`)).sort();

/** Five snapshots, a second apart: append, append, merge, position deletes, compaction; rows 1 to 8 but 3 and 5. */
async function createHistory(): Promise<Table> {
  const location = `${workspace.folder}/t${tables++}`;
  const table = await createTable({
    catalog: createFileCatalog({ io: workspace.ports.io, location }),
    ports: ports(),
    schema: { fields: [{ id: 1, name: 'key', required: false, type: 'int' }] },
    properties: { 'commit.manifest.min-count-to-merge': '2' },
  });
  const pause = () => void (nowMs += 1000);
  await table.append('SELECT i::INTEGER AS key FROM range(1, 5) r(i)');
  pause();
  await table.append('SELECT i::INTEGER AS key FROM range(5, 9) r(i)');
  pause();
  await table.merge({ source: 'SELECT 3 AS key', on: ['key'], matched: [{ delete: true }] });
  pause();
  const paths = (await table.scan()).files.map((file) => `'${file.path}'`).join(', ');
  const positions = `SELECT filename AS file_path, file_row_number AS pos FROM read_parquet([${paths}], filename = true, file_row_number = true) WHERE key = 5`;
  await commitDeletes({ ...workspace, ports: ports() }, location, { select: positions });
  await table.refresh();
  pause();
  await table.compact({ minInputFiles: 2 });
  return table;
}

const finalKeys = [1, 2, 4, 6, 7, 8];

async function keysOf(table: Table, options: Parameters<Table['scan']>[0] = {}): Promise<unknown[]> {
  return (await workspace.engine.rows(`SELECT key FROM (${(await table.scan(options)).sql}) ORDER BY key`)).map((row) => row['key']);
}

describe('expiring snapshots', () => {
  test('removes the files that only they refer to, and keeps every remaining snapshot readable', async () => {
    const table = await createHistory();
    const dry = await table.expireSnapshots({ olderThanMs: nowMs + 1, retainLast: 2, dryRun: true });
    const before = await filesOf(table);
    const result = await table.expireSnapshots({ olderThanMs: nowMs + 1, retainLast: 2 });
    expect(result).toMatchObject({ before: { snapshots: 5 }, after: { snapshots: 2 }, failedFiles: [] });
    expect(result.expiredSnapshots).toHaveLength(3);
    expect(dry).toEqual(result);
    const removed = [...result.removedDataFiles, ...result.removedDeleteFiles, ...result.removedManifests, ...result.removedManifestLists];
    expect(result.removedDataFiles).toHaveLength(1);
    expect(before.filter((file) => removed.includes(file))).toHaveLength(removed.length);
    for (const snapshot of table.snapshots) expect((await keysOf(table, { snapshotId: snapshot['snapshot-id'] }))).toHaveLength(6);
    expect(table.metadata['snapshot-log']).toHaveLength(2);
    await table.expireSnapshots({ olderThanMs: nowMs + 1 });
    expect(await keysOf(table)).toEqual(finalKeys);
    expect((await workspace.ports.io.list(`${table.metadata.location}/data/`))).toHaveLength(1);
  });

  test('keeps what is young, what a tag or branch points to, and what a branch is told to keep', async () => {
    const table = await createHistory();
    const ids = table.snapshots.map((snapshot) => snapshot['snapshot-id']);
    await table.createTag('first', { snapshotId: ids[0] as bigint });
    await table.createBranch('side', { snapshotId: ids[2] as bigint, minSnapshotsToKeep: 2 });
    await table.createTag('brief', { snapshotId: ids[3] as bigint, maxRefAgeMs: 500 });
    const result = await table.expireSnapshots({ olderThanMs: nowMs });
    expect(table.snapshots.map((snapshot) => snapshot['snapshot-id'])).toEqual([ids[0], ids[1], ids[2], ids[4]]);
    expect(result.expiredRefs).toEqual(['brief']);
    expect(await keysOf(table, { ref: 'first' })).toEqual([1, 2, 3, 4]);
    expect(await keysOf(table, { ref: 'side' })).toHaveLength(7);
    expect(await keysOf(table)).toEqual(finalKeys);
    const young = await createHistory();
    expect((await young.expireSnapshots({ olderThanMs: nowMs - 2500 })).after).toEqual({ snapshots: 3, refs: 1 });
  });

  test('goes by a fresh read: what another writer committed or tagged meanwhile stays', async () => {
    const stale = await createHistory();
    const other = await load(stale.metadata.location);
    await other.createTag('kept', { snapshotId: other.snapshots[0]?.['snapshot-id'] ?? 0n });
    await other.append('SELECT 99 AS key');
    await stale.expireSnapshots({ olderThanMs: nowMs + 1 });
    expect(await keysOf(stale)).toEqual([...finalKeys, 99]);
    expect(await keysOf(stale, { ref: 'kept' })).toEqual([1, 2, 3, 4]);
  });

  test('removes nothing when a manifest cannot be read, or when the table forbids it', async () => {
    const table = await createHistory();
    await table.setProperties({ 'gc.enabled': 'false' });
    await expect(table.expireSnapshots({ olderThanMs: nowMs + 1 })).rejects.toThrow(/gc.enabled false/);
    await table.setProperties({ 'gc.enabled': undefined });
    await workspace.ports.io.remove(table.snapshots[0]?.['manifest-list'] ?? '');
    const before = await filesOf(table);
    await expect((await load(table.metadata.location)).expireSnapshots({ olderThanMs: nowMs + 1 })).rejects.toThrow(/found no such file/);
    expect(await filesOf(table)).toEqual(before);
    await expect(table.expireSnapshots({ olderThanMs: nowMs, retainLast: 0 })).rejects.toThrow(/retainLast: found 0/);
  });
});

describe('removing orphan files', () => {
  const twoDaysMs = 2 * 86_400_000;

  async function age(table: Table): Promise<void> {
    const old = (nowMs - twoDaysMs) / 1000;
    for (const file of await filesOf(table)) await utimes(file, old, old);
  }

  test('finds exactly the old files that nothing refers to', async () => {
    const table = await createHistory();
    const location = table.metadata.location;
    await table.createTag('first', { snapshotId: table.snapshots[0]?.['snapshot-id'] ?? 0n });
    await table.expireSnapshots({ olderThanMs: nowMs + 1 });
    const stray = [`${location}/data/lost/part.parquet`, `${location}/metadata/lost-m0.avro`, `${location}/metadata/.tmp.json`];
    for (const file of stray) await workspace.ports.io.write(file, Buffer.from('x'));
    await age(table);
    const young = `${location}/data/running/part.parquet`;
    await workspace.ports.io.write(young, Buffer.from('x'));
    const before = await filesOf(table);
    const olderThanMs = nowMs - 86_400_000;
    expect((await table.removeOrphanFiles({ olderThanMs, dryRun: true })).orphans.map((file) => file.uri).sort()).toEqual(stray.sort());
    expect(await filesOf(table)).toEqual(before);
    const result = await table.removeOrphanFiles({ olderThanMs });
    expect(result).toMatchObject({ orphanBytes: 3, failedFiles: [], before: { files: before.length }, after: { files: before.length - 3 } });
    expect(await filesOf(table)).toEqual(before.filter((file) => !stray.includes(file)));
    expect(await keysOf(await load(location))).toEqual(finalKeys);
    expect(await keysOf(table, { ref: 'first' })).toEqual([1, 2, 3, 4]);
  });

  test('refuses a time at which commits may still run, and a store that tells no times', async () => {
    const table = await createHistory();
    await expect(table.removeOrphanFiles({ olderThanMs: nowMs })).rejects.toThrow(/a running commit may need newer files/);
    await expect(table.removeOrphanFiles({ olderThanMs: nowMs, noRunningCommits: true, dryRun: true })).resolves.toMatchObject({ failedFiles: [] });
    const io = Object.fromEntries(Object.entries(workspace.ports.io).filter(([name]) => name !== 'listFiles')) as unknown as FileIO;
    await expect((await load(table.metadata.location, io)).removeOrphanFiles({ olderThanMs: 0 })).rejects.toThrow(/without listFiles/);
  });

  test('knows its files however the store spells them', async () => {
    const table = await createHistory();
    await age(table);
    const { io } = workspace.ports;
    const spelled = { ...io, listFiles: async (uri: string) => ((await io.listFiles?.(uri)) ?? []).map((file) => ({ ...file, uri: `file:///${file.uri}` })) };
    const result = await (await load(table.metadata.location, spelled)).removeOrphanFiles({ olderThanMs: nowMs - 86_400_000, dryRun: true });
    expect(result.orphans).toEqual([]);
  });
});

const operations: Record<string, (table: Table) => Promise<unknown>> = {
  compact: (table) => table.compact({ minInputFiles: 2 }),
  rewriteManifests: (table) => table.rewriteManifests(),
  expireSnapshots: (table) => table.expireSnapshots({ olderThanMs: nowMs + 1 }),
  removeOrphanFiles: (table) => table.removeOrphanFiles({ olderThanMs: nowMs + 60_000, noRunningCommits: true }),
};

const cases = Object.keys(operations).flatMap((name) => (['before', 'after'] as const).flatMap((moment) => [true, false].map((dead) => [name, moment, dead ? 'dies' : 'goes on'] as const)));

test.each(cases)('%s that crashes at any write or removal, %s it takes effect, in a process that %s, loses no row', async (name, moment, way) => {
  let crashes = 0;
  for (let failAt = 1; ; failAt++) {
    const table = await createHistory();
    const { location } = table.metadata;
    await table.append('SELECT 9 AS key');
    await workspace.ports.io.write(`${location}/data/lost.parquet`, Buffer.from('x'));
    const io = failingIO(workspace.ports.io, failAt, moment, way === 'dies', true);
    await operations[name]?.(await load(location, io)).catch(() => undefined);
    if (!io.failed()) break;
    crashes++;
    const reloaded = await load(location);
    expect(await keysOf(reloaded)).toEqual([...finalKeys, 9]);
    for (const snapshot of reloaded.snapshots) await keysOf(reloaded, { snapshotId: snapshot['snapshot-id'] });
    await reloaded.append('SELECT 10 AS key');
    await reloaded.expireSnapshots({ olderThanMs: nowMs + 1 });
    await reloaded.removeOrphanFiles({ olderThanMs: nowMs + 60_000, noRunningCommits: true });
    const again = await load(location);
    expect(await keysOf(again)).toEqual([...finalKeys, 9, 10]);
    const { files } = await again.scan();
    expect((await workspace.ports.io.list(`${location}/data/`)).sort()).toEqual(files.map((file) => file.path).sort());
  }
  expect(crashes).toBeGreaterThanOrEqual(name === 'removeOrphanFiles' ? 1 : 3);
}, 120_000);
