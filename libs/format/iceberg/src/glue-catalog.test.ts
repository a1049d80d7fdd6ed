import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CommitUnknownError, TableExistsError, UnsupportedFeatureError } from './errors.ts';
import { createGlueCatalog } from './glue-catalog.ts';
import { createTable, loadTable, type Table } from './table.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';
import { createMemoryGlue, type GlueFault } from './testing/memory-glue.ts';

let workspace: Workspace;
let glue: ReturnType<typeof createMemoryGlue>;

beforeEach(async () => {
  workspace = await createWorkspace();
  glue = createMemoryGlue();
});

afterEach(() => workspace.dispose());

function catalog() {
  const { ports } = workspace;
  return createGlueCatalog({ client: glue, io: ports.io, newUuid: () => ports.newUuid(), database: 'silver', table: 'review', location: `${workspace.folder}/review` });
}

const open = (): Promise<Table> => loadTable({ catalog: catalog(), ports: workspace.ports });

function create(): Promise<Table> {
  return createTable({
    catalog: catalog(),
    ports: workspace.ports,
    schema: {
      fields: [
        { id: 1, name: 'key', required: true, type: 'long' },
        { id: 2, name: 'place', required: false, doc: 'where', type: { type: 'struct', fields: [{ id: 3, name: 'city', required: false, type: 'string' }] } },
      ],
    },
  });
}

const append = (table: Table, key: number) => table.append(`SELECT ${key} AS key, {'city': 'x'} AS place`);

async function keysOf(): Promise<number[]> {
  const { sql } = await (await open()).scan({ columns: ['key'] });
  return (await workspace.engine.rows(`${sql} ORDER BY 1`)).map((row) => Number(row['key']));
}

const stored = () => glue.tables.get('silver.review');

test('a table in Glue points to its metadata and to the metadata before, and shows its columns', async () => {
  const table = await create();
  const first = table.metadataLocation;
  expect(first).toMatch(/\/review\/metadata\/00000-[\da-f-]{36}\.gz\.metadata\.json$/);
  await append(table, 1);
  expect(table.metadataLocation).toMatch(/\/metadata\/00001-/);
  expect(stored()).toMatchObject({
    versionId: '1',
    input: {
      TableType: 'EXTERNAL_TABLE',
      Parameters: { table_type: 'ICEBERG', metadata_location: table.metadataLocation, previous_metadata_location: first },
      StorageDescriptor: { Location: `${workspace.folder}/review`, Columns: [{ Name: 'key', Type: 'bigint' }, { Name: 'place', Type: 'struct<city:string>', Comment: 'where' }] },
    },
  });
  expect(await keysOf()).toEqual([1]);
  await expect(create()).rejects.toThrow(TableExistsError);
});

test('what others put into the table stays', async () => {
  const table = await create();
  const before = stored();
  if (!before) throw new Error('no table');
  glue.tables.set('silver.review', { versionId: '7', input: { ...before.input, Owner: 'ops', Parameters: { ...before.input.Parameters, classification: 'pii' } } });
  await append(table, 1);
  expect(stored()).toMatchObject({ versionId: '8', input: { Owner: 'ops', Parameters: { classification: 'pii' } } });
});

test('appends of several writers all survive, and merges lose no change', async () => {
  await create();
  const writers = await Promise.all([1, 2, 3, 4].map(open));
  await Promise.all(writers.map((writer, index) => append(writer, index)));
  expect(await keysOf()).toEqual([0, 1, 2, 3]);
  await Promise.all(writers.map((writer) => writer.merge({ source: 'SELECT 1 AS x, 3 AS key', on: ['key'], matched: [{ set: { key: 't.key + 10' } }], notMatched: [{ insert: { key: '100' } }] })));
  expect(await keysOf()).toEqual([0, 1, 2, 13, 100, 100, 100]);
  const files = await workspace.ports.io.list(`${workspace.folder}/review/metadata/`);
  expect(files.filter((file) => file.endsWith('.metadata.json'))).toHaveLength(6);
});

describe('a commit of unknown outcome is resolved by reading back:', () => {
  const cases: [string, GlueFault[]][] = [
    ['the request was lost', ['lost-before']],
    ['the answer was lost', ['lost-after']],
    ['the client repeated a request that had succeeded, and was refused', ['refused-after']],
    ['request, then answer were lost', ['lost-before', 'lost-after']],
  ];

  test.each(cases)('%s', async (_name, faults) => {
    const table = await create();
    glue.faults.push(...faults);
    const { snapshot } = await append(table, 1);
    expect(snapshot).toBeDefined();
    expect(await keysOf()).toEqual([1]);
    expect(stored()?.versionId).toBe('1');
    await append(table, 2);
    expect(await keysOf()).toEqual([1, 2]);
  });

  test('the table was created although the answer was lost', async () => {
    glue.faults.push('lost-after');
    const table = await create();
    expect(stored()?.input.Parameters?.['metadata_location']).toBe(table.metadataLocation);
  });

  test('the answer was lost and another writer committed on top', async () => {
    const table = await create();
    const update = glue.updateTable.bind(glue);
    let interfered = false;
    glue.updateTable = async (request) => {
      const outcome = await update(request);
      if (interfered) return outcome;
      interfered = true;
      await append(await open(), 2);
      throw new Error('answer lost');
    };
    await append(table, 1);
    expect(await keysOf()).toEqual([1, 2]);
    await append(table, 3);
    expect(await keysOf()).toEqual([1, 2, 3]);
  });

  test('when nothing can be learnt it is reported as unknown, and every file stays', async () => {
    const table = await create();
    const getTable = glue.getTable.bind(glue);
    let lost = false;
    glue.updateTable = async (request) => {
      lost = true;
      glue.tables.set('silver.review', { versionId: '1', input: request.input });
      throw new Error('answer lost');
    };
    glue.getTable = async (name) => {
      if (lost) throw new Error('read lost');
      return getTable(name);
    };
    await expect(append(table, 1)).rejects.toThrow(CommitUnknownError);
    lost = false;
    expect(await keysOf()).toEqual([1]);
  });

  test('a request that may still arrive is reported as unknown, and its files stay', async () => {
    const table = await create();
    glue.faults.push('lost-before', 'lost-before', 'lost-before');
    const before = (await workspace.ports.io.list(`${workspace.folder}/review/`)).length;
    await expect(append(table, 1)).rejects.toThrow(CommitUnknownError);
    expect((await workspace.ports.io.list(`${workspace.folder}/review/`)).length).toBe(before + 4);
    expect(await keysOf()).toEqual([]);
  });
});

test('a table of Glue that is not of Iceberg is refused', async () => {
  glue.tables.set('silver.review', { versionId: '0', input: { Name: 'review', Parameters: { classification: 'csv' } } });
  await expect(open()).rejects.toThrow(UnsupportedFeatureError);
  await expect(create()).rejects.toThrow(/Glue table silver.review: found table_type missing/);
});
