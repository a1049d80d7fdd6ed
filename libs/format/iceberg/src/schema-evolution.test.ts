import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFileCatalog } from './catalog.ts';
import { IllegalSchemaChangeError } from './errors.ts';
import { alignSchema } from './schema-alignment.ts';
import type { SchemaChange } from './schema-changes.ts';
import { createTable, loadTable, type CreateTableOptions, type Table } from './table.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';
import type { Field } from './types.ts';

let workspace: Workspace;
let tables = 0;

beforeEach(async () => {
  workspace = await createWorkspace();
});

afterEach(() => workspace.dispose());

function create(fields: Field[], options: Partial<CreateTableOptions> = {}): Promise<Table> {
  const catalog = createFileCatalog({ io: workspace.ports.io, location: `${workspace.folder}/t${tables++}` });
  return createTable({ catalog, ports: workspace.ports, schema: { fields }, ...options });
}

async function rowsOf(table: Table, columns?: string[]): Promise<Record<string, unknown>[]> {
  return workspace.engine.rows(`SELECT * FROM (${(await table.scan(columns ? { columns } : {})).sql}) ORDER BY ALL`);
}

const plain: Field[] = [
  { id: 1, name: 'key', required: true, type: 'int' },
  { id: 2, name: 'ratio', required: false, type: 'float' },
  { id: 3, name: 'amount', required: false, type: 'decimal(5, 2)' },
  { id: 4, name: 'text', required: false, type: 'string' },
];

test('old rows are read through every change of the columns, and new rows are written by the current ones', async () => {
  const table = await create(plain);
  await table.append(`SELECT 1 AS key, 0.5 AS ratio, 1.25 AS amount, 'old' AS text`);
  await table.evolveSchema([
    { change: 'widen', column: 'key', type: 'long' },
    { change: 'widen', column: 'ratio', type: 'double' },
    { change: 'widen', column: 'amount', type: 'decimal(12, 2)' },
    { change: 'makeOptional', column: 'key' },
    { change: 'rename', column: 'text', to: 'label' },
    { change: 'add', name: 'text', type: 'int', doc: 'another column of the old name' },
    { change: 'reorder', names: ['label', 'key', 'amount', 'ratio', 'text'] },
  ]);
  await table.append(`SELECT 'new' AS label, 5000000000 AS key, 1234567890.12 AS amount, 0.1 AS ratio, 7 AS text UNION ALL SELECT 'none', NULL, NULL, NULL, NULL`);
  expect((await table.scan({ filter: [{ column: 'key', op: '=', value: 1n }] })).files).toHaveLength(1);
  expect(await rowsOf(table)).toEqual([
    { label: 'new', key: 5000000000n, amount: expect.anything(), ratio: 0.1, text: 7 },
    { label: 'none', key: null, amount: null, ratio: null, text: null },
    { label: 'old', key: 1n, amount: expect.anything(), ratio: 0.5, text: null },
  ]);
  expect(table.schema.fields.map(({ id }) => id)).toEqual([4, 1, 3, 2, 5]);
  expect(table.metadata).toMatchObject({ 'current-schema-id': 1, 'last-column-id': 5 });
});

test('the schema of a snapshot is what a scan of it shows', async () => {
  const table = await create(plain);
  const { snapshot } = await table.append(`SELECT 1 AS key, 0.5 AS ratio, 1.25 AS amount, 'old' AS text`);
  await table.evolveSchema([{ change: 'drop', column: 'ratio' }]);
  const before = await table.scan(snapshot ? { snapshotId: snapshot['snapshot-id'] } : {});
  expect(Object.keys((await workspace.engine.rows(before.sql))[0] ?? {})).toEqual(['key', 'ratio', 'amount', 'text']);
  expect(Object.keys((await rowsOf(table))[0] ?? {})).toEqual(['key', 'amount', 'text']);
});

test('a dropped column does not come back under its name, and its id is not given again', async () => {
  const table = await create(plain);
  await table.append(`SELECT 1 AS key, 0.5 AS ratio, 1.25 AS amount, 'old' AS text`);
  await table.evolveSchema([{ change: 'drop', column: 'text' }, { change: 'add', name: 'text', type: 'string' }]);
  expect(table.schema.fields.at(-1)).toEqual({ id: 5, name: 'text', required: false, type: 'string' });
  expect(await rowsOf(table, ['text'])).toEqual([{ text: null }]);
  await expect(table.evolveSchema([{ change: 'add', name: 'again', type: 'string', id: 4 }])).rejects.toThrow(/id 4, which column "text" has or had/);
});

test('merges and overwrites write old rows by the current columns', async () => {
  const table = await create(plain);
  await table.append(`SELECT i AS key, i AS ratio, i AS amount, 'old' AS text FROM range(3) r(i)`);
  await table.evolveSchema([{ change: 'rename', column: 'text', to: 'label' }, { change: 'add', name: 'note', type: 'string' }]);
  await table.merge({ source: 'SELECT 1 AS key', on: ['key'], matched: [{ set: { note: `'seen'` } }] });
  expect(await rowsOf(table, ['key', 'label', 'note'])).toEqual([
    { key: 0, label: 'old', note: null },
    { key: 1, label: 'old', note: 'seen' },
    { key: 2, label: 'old', note: null },
  ]);
});

const nested: Field[] = [
  { id: 1, name: 'key', required: false, type: 'int' },
  {
    id: 2,
    name: 'place',
    required: false,
    type: { type: 'struct', fields: [{ id: 3, name: 'city', required: false, type: 'string' }, { id: 4, name: 'zip', required: false, type: 'int' }] },
  },
  {
    id: 5,
    name: 'visits',
    required: false,
    type: { type: 'list', 'element-id': 6, 'element-required': false, element: { type: 'struct', fields: [{ id: 7, name: 'day', required: false, type: 'date' }, { id: 8, name: 'stars', required: false, type: 'int' }] } },
  },
  {
    id: 9,
    name: 'marks',
    required: false,
    type: { type: 'map', 'key-id': 10, key: 'string', 'value-id': 11, 'value-required': false, value: { type: 'struct', fields: [{ id: 12, name: 'weight', required: false, type: 'float' }] } },
  },
];

const nestedRow = `{'city': 'Bern', 'zip': 3000} AS place, [{'day': DATE '2011-01-02', 'stars': 4}] AS visits, MAP {'a': {'weight': 0.5}} AS marks`;

describe('inside nested columns', () => {
  test('fields are added, widened, renamed, swapped, dropped and reordered, and old files read right', async () => {
    const table = await create(nested);
    await table.append(`SELECT 1 AS key, ${nestedRow} UNION ALL SELECT 2, NULL, NULL, NULL`);
    await table.evolveSchema([
      { change: 'rename', column: ['place', 'city'], to: 'town' },
      { change: 'widen', column: ['place', 'zip'], type: 'long' },
      { change: 'add', parent: 'place', name: 'city', type: 'string' },
      { change: 'reorder', parent: 'place', names: ['zip', 'city', 'town'] },
      { change: 'rename', column: ['visits', 'element', 'stars'], to: 'rating' },
      { change: 'add', parent: ['visits', 'element'], name: 'note', type: 'string' },
      { change: 'drop', column: ['visits', 'element', 'day'] },
      { change: 'rename', column: ['marks', 'value', 'weight'], to: 'load' },
      { change: 'widen', column: ['marks', 'value', 'weight'].with(2, 'load'), type: 'double' },
    ]);
    expect(await rowsOf(table)).toEqual([
      { key: 1, place: { zip: 3000n, city: null, town: 'Bern' }, visits: [{ rating: 4, note: null }], marks: [{ key: 'a', value: { load: 0.5 } }] },
      { key: 2, place: null, visits: null, marks: null },
    ]);
    await table.merge({ source: 'SELECT 1 AS key', on: ['key'], matched: [{ set: { place: `{'zip': 1, 'city': 'new', 'town': t.place.town}` } }] });
    await table.append(`SELECT 3 AS key, {'zip': 8000, 'city': 'x', 'town': 'Zug'} AS place, [] AS visits, NULL AS marks`);
    expect(await rowsOf(table, ['key', 'place'])).toEqual([
      { key: 1, place: { zip: 1n, city: 'new', town: 'Bern' } },
      { key: 2, place: null },
      { key: 3, place: { zip: 8000n, city: 'x', town: 'Zug' } },
    ]);
  });

  test('a struct whose stored fields were all dropped keeps which rows have one', async () => {
    const table = await create(nested.slice(0, 2));
    await table.append(`SELECT 1 AS key, {'city': 'Bern', 'zip': 1} AS place UNION ALL SELECT 2, NULL`);
    await table.evolveSchema([
      { change: 'drop', column: ['place', 'city'] },
      { change: 'drop', column: ['place', 'zip'] },
      { change: 'add', parent: 'place', name: 'city', type: 'int' },
    ]);
    expect(await rowsOf(table)).toEqual([{ key: 1, place: { city: null } }, { key: 2, place: null }]);
  });
});

test('files from before a nested column was added are read beside those from before it changed', async () => {
  const table = await create(nested.slice(0, 1));
  await table.append('SELECT 1 AS key');
  await table.evolveSchema([{ change: 'add', name: 'place', type: { type: 'struct', fields: [{ id: 1, name: 'city', required: false, type: 'string' }] } }]);
  await table.append(`SELECT 2 AS key, {'city': 'Bern'} AS place`);
  await table.evolveSchema([{ change: 'rename', column: ['place', 'city'], to: 'town' }]);
  expect(await rowsOf(table)).toEqual([{ key: 1, place: null }, { key: 2, place: { town: 'Bern' } }]);
});

test('files without field ids are refused by name where the table maps names', async () => {
  const table = await create(nested, { properties: { 'schema.name-mapping.default': '[]' } });
  await table.append(`SELECT 1 AS key, ${nestedRow}`);
  const [file] = (await table.scan()).files;
  await workspace.engine.run(`COPY (SELECT 1 AS key) TO '${file?.path}' (FORMAT parquet)`);
  await expect(table.scan()).rejects.toThrow(/columns without field ids/);
  await expect(table.scan()).rejects.toThrow(file?.path);
});

test('widening an int of stored files tells Spark to read row by row, unless the table says otherwise', async () => {
  const name = 'read.parquet.vectorization.enabled';
  const widen: SchemaChange = { change: 'widen', column: 'key', type: 'long' };
  const empty = await create(plain);
  await empty.evolveSchema([widen]);
  expect(empty.metadata.properties[name]).toBeUndefined();
  const cases: Record<string, string>[] = [{}, { [name]: 'true' }];
  for (const properties of cases) {
    const table = await create(plain, { properties });
    await table.append(`SELECT 1 AS key, 0.5 AS ratio, 1.25 AS amount, 'old' AS text`);
    await table.evolveSchema([{ change: 'widen', column: 'ratio', type: 'double' }]);
    expect(table.metadata.properties[name]).toBe(properties[name]);
    await table.evolveSchema([widen]);
    expect(table.metadata.properties[name]).toBe(properties[name] ?? 'false');
  }
});

describe('illegal changes are refused by column and reason, and leave the schema:', () => {
  const cases: [string, SchemaChange, RegExp][] = [
    ['an unknown column', { change: 'drop', column: 'nothing' }, /column "nothing": found no such column, expected one of: key, ratio/],
    ['narrowing', { change: 'widen', column: 'ratio', type: 'int' }, /column "ratio": found float to int, expected int to long/],
    ['another scale', { change: 'widen', column: 'amount', type: 'decimal(12, 3)' }, /decimal\(5, 2\) to decimal\(12, 3\)/],
    ['a decimal that cannot be written', { change: 'widen', column: 'amount', type: 'decimal(39, 2)' }, /expected a precision of 1 to 38/],
    ['required instead of optional', { change: 'makeRequired', column: 'text' }, /column "text": found required where it was optional/],
    ['a new required column', { change: 'add', name: 'more', type: 'int', required: true }, /rows that are stored already have no value/],
    ['a name twice', { change: 'add', name: 'KEY', type: 'int' }, /unique regardless of case/],
    ['a taken name', { change: 'rename', column: 'text', to: 'key' }, /"key": found twice|unique regardless of case/],
    ['dropping a partition source', { change: 'drop', column: 'key' }, /source of partition field "key"/],
    ['an incomplete order', { change: 'reorder', names: ['key', 'text'] }, /each once of: key, ratio, amount, text/],
    ['a parent that is no struct', { change: 'add', parent: 'text', name: 'more', type: 'int' }, /a parent of type string, expected a struct/],
  ];

  test.each(cases)('%s', async (_name, change, message) => {
    const table = await create(plain, { partitioning: [{ source: 'key', transform: 'identity' }] });
    await table.append(`SELECT 1 AS key, 0.5 AS ratio, 1.25 AS amount, 'old' AS text`);
    const version = table.metadataLocation;
    const refusal = await table.evolveSchema([{ change: 'rename', column: 'amount', to: 'amount' }, change]).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(IllegalSchemaChangeError);
    expect((refusal as Error).message).toMatch(message);
    await table.refresh();
    expect(table.metadataLocation).toBe(version);
  });

  test('parts of lists and maps', async () => {
    const table = await create(nested);
    await expect(table.evolveSchema([{ change: 'drop', column: ['marks', 'key'] }])).rejects.toThrow(/"marks.key": found a drop of a part of a list or map/);
    await expect(table.evolveSchema([{ change: 'rename', column: ['visits', 'element'], to: 'x' }])).rejects.toThrow(IllegalSchemaChangeError);
  });
});

test('two writers that evolve at once both succeed', async () => {
  const table = await create(plain);
  const other = await loadTable({ catalog: createFileCatalog({ io: workspace.ports.io, location: table.metadata.location }), ports: workspace.ports });
  await table.evolveSchema([{ change: 'add', name: 'a', type: 'int' }]);
  await other.evolveSchema([{ change: 'add', name: 'b', type: 'int' }]);
  expect(other.schema.fields.slice(-2).map(({ id, name }) => [id, name])).toEqual([[5, 'a'], [6, 'b']]);
});

const column = fc.record({ drop: fc.boolean(), name: fc.constantFrom('key', 'ratio', 'amount', 'text', 'other'), wide: fc.boolean() });

test('aligning brings a table to any wanted columns that it can have, and then finds nothing to change', async () => {
  await fc.assert(
    fc.asyncProperty(fc.tuple(column, column, column, column), fc.boolean(), fc.nat(3), async (edits, add, turn) => {
      const wide: Record<number, Field['type']> = { 1: 'long', 2: 'double', 3: 'decimal(9, 2)' };
      const edited = plain.flatMap((field, index): Field[] => {
        const edit = edits[index];
        return !edit || edit.drop ? [] : [{ ...field, name: edit.name, required: false, type: edit.wide ? (wide[field.id] ?? field.type) : field.type }];
      });
      const wanted: Field[] = [...edited.slice(turn), ...edited.slice(0, turn), ...(add ? [{ id: 9, name: 'added', required: false, type: 'date' as const }] : [])];
      fc.pre(wanted.length > 0 && new Set(wanted.map(({ name }) => name)).size === wanted.length);
      const table = await create(plain);
      const changes = alignSchema(table.schema, wanted);
      await table.evolveSchema(changes);
      expect(table.schema.fields).toEqual(wanted);
      expect(alignSchema(table.schema, wanted)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('aligning follows ids inside nested columns and refuses what cannot be', async () => {
  const table = await create(nested);
  const [key, place, visits, marks] = nested as [Field, Field, Field, Field];
  const wanted: Field[] = [
    { ...marks, doc: 'by name' },
    { ...place, type: { type: 'struct', fields: [{ id: 4, name: 'code', required: false, type: 'long' }, { id: 20, name: 'land', required: false, type: 'string' }] } },
    key,
    visits,
  ];
  await table.evolveSchema(alignSchema(table.schema, wanted));
  expect(table.schema.fields).toEqual(wanted);
  expect(table.metadata['last-column-id']).toBe(20);
  const refused: [Field, RegExp][] = [
    [{ ...key, type: 'string' }, /"key": found int to string/],
    [{ ...key, required: true }, /"key": found required where it was optional/],
    [{ ...visits, type: 'string' }, /"visits": found list to string/],
    [{ id: 3, name: 'city', required: false, type: 'string' }, /id 3, which column "city" has or had/],
  ];
  for (const [field, message] of refused) {
    const others = wanted.filter(({ id }) => id !== field.id);
    await expect(table.evolveSchema(alignSchema(table.schema, [...others, field]))).rejects.toThrow(message);
  }
});
