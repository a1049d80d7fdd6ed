import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFileCatalog } from './catalog.ts';
import { createManifestReader } from './snapshot-files.ts';
import { createTable, loadTable, type Table } from './table.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';

let workspace: Workspace;

beforeEach(async () => {
  workspace = await createWorkspace();
});

afterEach(() => workspace.dispose());

function catalog() {
  return createFileCatalog({ io: workspace.ports.io, location: `${workspace.folder}/t` });
}

function create(properties: Record<string, string>): Promise<Table> {
  return createTable({ catalog: catalog(), ports: workspace.ports, properties, schema: { fields: [{ id: 1, name: 'key', required: true, type: 'long' }] } });
}

async function keysOf(table: Table): Promise<unknown[]> {
  return (await workspace.engine.rows(`${(await table.scan()).sql} ORDER BY 1`)).map((row) => row['key']);
}

test('many small manifests are merged, their files keep the sequence numbers and snapshots that they were added with', async () => {
  const table = await create({ 'commit.manifest.min-count-to-merge': '3' });
  for (const key of [1, 2, 3, 4, 5]) await table.append(`SELECT ${key} AS key`);
  const state = await catalog().load();
  if (!state) throw new Error('no table');
  const reader = createManifestReader(workspace.ports.io);
  const manifests = await reader.manifests(table.currentSnapshot);
  expect(manifests.map((manifest) => [manifest.addedFiles, manifest.existingFiles, manifest.minSequenceNumber])).toEqual([
    [1, 0, 5n],
    [1, 0, 4n],
    [0, 3, 1n],
  ]);
  const entries = (await Promise.all(manifests.map((manifest) => reader.entries(state, manifest)))).flat();
  const added = new Map(table.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot['sequence-number']]));
  for (const entry of entries) expect(entry.sequenceNumber).toBe(added.get(entry.snapshotId));
  expect(await keysOf(table)).toEqual([1n, 2n, 3n, 4n, 5n]);
});

test('the metadata log is cut to its length, and old metadata files are removed when the table asks for it', async () => {
  const table = await create({ 'write.metadata.previous-versions-max': '2', 'write.metadata.delete-after-commit.enabled': 'true' });
  for (const key of [1, 2, 3, 4]) await table.append(`SELECT ${key} AS key`);
  const files = await workspace.ports.io.list(`${workspace.folder}/t/metadata/`);
  expect(files.flatMap((file) => /v\d+\.metadata\.json$/.exec(file) ?? []).sort()).toEqual(['v3.metadata.json', 'v4.metadata.json', 'v5.metadata.json']);
  expect(table.metadata['metadata-log']).toHaveLength(2);
  await workspace.ports.io.write(`${workspace.folder}/t/metadata/version-hint.text`, Buffer.from('1'));
  expect(await keysOf(await loadTable({ catalog: catalog(), ports: workspace.ports }))).toEqual([1n, 2n, 3n, 4n]);
});

test('an operation that changes nothing commits nothing, unless its summary is to be recorded', async () => {
  const table = await create({});
  const nothing = await table.append('SELECT 1 AS key WHERE false');
  expect(nothing).toEqual({ rows: 0, files: 0, affectedPartitions: [], snapshot: undefined });
  const recorded = await table.merge({ source: 'SELECT 1 AS key', on: ['key'], commitWhenEmpty: true, summary: ({ sourceRows }) => ({ seen: String(sourceRows) }) });
  expect(recorded.snapshot?.summary).toMatchObject({ operation: 'append', seen: '1', 'total-records': '0' });
  expect(await keysOf(table)).toEqual([]);
});

test('three hundred commits of one file leave few manifests and, once expired, little metadata', async () => {
  const table = await create({});
  for (let key = 0; key < 300; key++) await table.append(`SELECT ${key} AS key`);
  expect((await table.measureDebt()).manifests).toBeLessThanOrEqual(20);
  await table.expireSnapshots({ olderThanMs: Date.now() + 1, retainLast: 10 });
  const files = (await workspace.ports.io.listFiles?.(`${workspace.folder}/t/metadata/`)) ?? [];
  expect(files.length).toBeLessThanOrEqual(40);
  expect(files.reduce((sum, file) => sum + file.sizeBytes, 0)).toBeLessThan(2_000_000);
  expect(await keysOf(table)).toHaveLength(300);
}, 60_000);
