import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFileCatalog } from './catalog.ts';
import { CorruptFileError } from './errors.ts';
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

const load = (): Promise<Table> => loadTable({ catalog: catalog(), ports: workspace.ports });

function create(properties: Record<string, string>): Promise<Table> {
  return createTable({ catalog: catalog(), ports: workspace.ports, properties, schema: { fields: [{ id: 1, name: 'key', required: true, type: 'long' }] } });
}

test('metadata is written with gzip where the table says so, and read by its bytes', async () => {
  const table = await create({ 'write.metadata.compression-codec': 'gzip' });
  await table.append('SELECT 1 AS key');
  expect(table.metadataLocation).toMatch(/\/v2\.gz\.metadata\.json$/);
  expect(gunzipSync(await workspace.ports.io.read(table.metadataLocation)).toString()).toContain('"format-version":2');
  await table.setProperties({ 'write.metadata.compression-codec': 'none' });
  expect((await load()).metadataLocation).toMatch(/\/v3\.gz\.metadata\.json$/);
  await (await load()).append('SELECT 2 AS key');
  expect((await load()).metadataLocation).toMatch(/\/v4\.metadata\.json$/);
  await workspace.ports.io.remove(`${workspace.folder}/t/metadata/version-hint.text`);
  await (await load()).append('SELECT 3 AS key');
  expect((await load()).currentSnapshot?.summary['total-records']).toBe('3');
});

test('of a commit and a change of the codec at once, both stand', async () => {
  const table = await create({});
  const other = await load();
  await Promise.all([table.setProperties({ 'write.metadata.compression-codec': 'none' }), other.append('SELECT 1 AS key')]);
  const { metadata, metadataLocation } = await load();
  expect(metadataLocation).toMatch(/\/v3\./);
  expect([metadata.properties['write.metadata.compression-codec'], metadata.snapshots.length]).toEqual(['none', 1]);
});

test('cut compressed metadata and an unknown codec are refused', async () => {
  const table = await create({ 'write.metadata.compression-codec': 'gzip' });
  const bytes = await workspace.ports.io.read(table.metadataLocation);
  await workspace.ports.io.write(table.metadataLocation, bytes.subarray(0, bytes.length - 20));
  await expect(load()).rejects.toThrow(CorruptFileError);
  await workspace.ports.io.write(table.metadataLocation, bytes);
  await expect(table.setProperties({ 'write.metadata.compression-codec': 'lz4' })).rejects.toThrow(/found lz4, expected none or gzip/);
});

test('a version that is removed between finding and reading is looked for again', async () => {
  const table = await create({});
  await table.append('SELECT 1 AS key');
  const { io } = workspace.ports;
  let removed = false;
  const racing = createFileCatalog({
    location: `${workspace.folder}/t`,
    io: {
      ...io,
      async read(uri) {
        if (!removed && uri.endsWith('v2.gz.metadata.json')) {
          removed = true;
          await table.append('SELECT 2 AS key');
          await io.remove(uri);
        }
        return io.read(uri);
      },
    },
  });
  expect((await racing.load())?.version).toBe(3);
});
