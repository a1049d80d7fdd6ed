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
  expect(files.flatMap((file) => /v\d+\.gz\.metadata\.json$/.exec(file) ?? []).sort()).toEqual(['v3.gz.metadata.json', 'v4.gz.metadata.json', 'v5.gz.metadata.json']);
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

test('three hundred commits of one file leave few manifests and little metadata, less once expired', async () => {
  const columns = Array.from({ length: 6 }, (_none, index) => `c${index}`);
  const schema = { fields: columns.map((name, index) => ({ id: index + 1, name, required: false, type: 'long' as const })) };
  const table = await createTable({ catalog: catalog(), ports: workspace.ports, schema });
  for (let key = 0; key < 300; key++) await table.append(`SELECT ${columns.map((name) => `${key} AS ${name}`).join(', ')}`);
  expect((await table.measureDebt()).manifests).toBeLessThanOrEqual(20);
  const metadata = async () => {
    const files = (await workspace.ports.io.listFiles?.(`${workspace.folder}/t/metadata/`)) ?? [];
    return { files: files.length, bytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) };
  };
  expect((await metadata()).bytes).toBeLessThan(2_000_000);
  await table.expireSnapshots({ olderThanMs: Date.now() + 1, retainLast: 10 });
  const after = await metadata();
  expect(after.files).toBeLessThanOrEqual(40);
  expect(after.bytes).toBeLessThan(300_000);
  expect((await table.plan()).rows).toBe(300);
}, 60_000);

test('merging leaves a large manifest alone until as many files have come as half of its own', async () => {
  const table = await create({ 'commit.manifest.min-count-to-merge': '4' });
  const shapes: string[] = [];
  for (let key = 0; key < 24; key++) {
    await table.append(`SELECT ${key} AS key`);
    const manifests = await createManifestReader(workspace.ports.io).manifests(table.currentSnapshot);
    shapes.push(manifests.map(({ addedFiles, existingFiles }) => addedFiles + existingFiles).sort((a, b) => a - b).join(' '));
  }
  expect(shapes.slice(3, 14)).toEqual(['1 1 1 1', '1 4', '1 1 4', '1 1 1 4', '1 7', '1 1 7', '1 1 1 7', '1 3 7', '1 1 3 7', '1 12', '1 1 12']);
  expect(Math.max(...shapes.map((shape) => shape.split(' ').length))).toBeLessThanOrEqual(5);
  expect(await keysOf(table)).toHaveLength(24);
});

test('a plan reads no file that it has read before, and of a new table only manifests whose partitions can match', async () => {
  const schema = { fields: [{ id: 1, name: 'day', required: true, type: 'date' as const }] };
  const first = await createTable({ catalog: catalog(), ports: workspace.ports, schema, partitioning: [{ source: 'day', transform: 'day' }] });
  for (let month = 1; month <= 10; month++) await first.append(`SELECT make_date(2020, ${month}, 1) + (i::INTEGER) AS day FROM range(28) r(i)`);
  const reads: string[] = [];
  const io = { ...workspace.ports.io, read: (uri: string) => (reads.push(uri), workspace.ports.io.read(uri)) };
  const table = await loadTable({ catalog: createFileCatalog({ io, location: `${workspace.folder}/t` }), ports: { ...workspace.ports, io } });
  reads.length = 0;
  const plan = () => table.plan({ filter: [{ column: 'day', op: '=', value: '2020-05-17' }] });
  expect((await plan()).files).toHaveLength(1);
  expect(reads.map((uri) => /(snap|-m0)/.exec(uri)?.[0])).toEqual(['snap', '-m0']);
  expect((await plan()).files).toHaveLength(1);
  expect(reads).toHaveLength(2);
});
