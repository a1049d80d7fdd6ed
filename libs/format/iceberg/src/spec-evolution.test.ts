import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFileCatalog } from './catalog.ts';
import { PartitionMismatchError } from './errors.ts';
import { createTable, type Table } from './table.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';

let workspace: Workspace;

beforeEach(async () => {
  workspace = await createWorkspace();
});

afterEach(() => workspace.dispose());

/** Three generations of files: without partitions, by year, by year and month; each with keys of 2011-01, 2011-02 and 2012-01. */
async function createGenerations(): Promise<Table> {
  const table = await createTable({
    catalog: createFileCatalog({ io: workspace.ports.io, location: `${workspace.folder}/t` }),
    ports: workspace.ports,
    schema: { fields: [{ id: 1, name: 'key', required: true, type: 'long' }, { id: 2, name: 'day', required: false, type: 'date' }, { id: 3, name: 'text', required: false, type: 'string' }] },
  });
  const generation = (first: number) => `SELECT ${first} + i AS key, make_date(2011 + i // 2, 1 + i % 2, 5) AS day, 'old' AS text FROM range(3) r(i)`;
  await table.append(generation(0));
  await table.evolvePartitioning([{ source: 'day', transform: 'year' }]);
  await table.append(generation(10));
  await table.evolvePartitioning([{ source: 'day', transform: 'month' }]);
  await table.append(generation(20));
  return table;
}

const january2011 = { day_month: 492 };

async function keysOf(table: Table, condition = 'true'): Promise<number[]> {
  return (await workspace.engine.rows(`SELECT key FROM (${(await table.scan()).sql}) WHERE ${condition} ORDER BY key`)).map((row) => Number(row['key']));
}

test('a scan prunes the files of every spec by what it knows of them', async () => {
  const table = await createGenerations();
  expect((await table.scan()).files.map((file) => Object.keys(file.partition).join()).sort()).toEqual(['', 'day_month', 'day_month', 'day_month', 'day_year', 'day_year']);
  const { files } = await table.scan({ filter: [{ column: 'day', op: '=', value: '2011-02-05' }] });
  expect(files.map((file) => file.partition)).toEqual([{ day_month: 493 }, { day_year: 41 }, {}]);
});

test('specs and partition fields that come back keep their ids', async () => {
  const table = await createGenerations();
  await table.evolvePartitioning([{ source: 'day', transform: 'year' }]);
  expect(table.metadata['default-spec-id']).toBe(1);
  await table.evolvePartitioning([{ source: 'day', transform: 'month' }, { source: 'day', transform: 'year' }]);
  expect(table.metadata['partition-specs'].at(-1)?.fields.map((field) => field['field-id'])).toEqual([1001, 1000]);
  await table.evolvePartitioning([{ source: 'text', transform: 'identity' }]);
  expect(table.metadata).toMatchObject({ 'default-spec-id': 4, 'last-partition-id': 1002 });
});

test('a merge finds its rows in files of every spec and writes them by the current one', async () => {
  const table = await createGenerations();
  const result = await table.merge({ source: `SELECT unnest([0, 10, 20]) AS key`, on: ['key'], matched: [{ set: { text: `'new'` } }] });
  expect(result).toMatchObject({ updatedRows: 3, insertedRows: 0, rewrittenFiles: 3 });
  expect(result.affectedPartitions.map((partition) => partition['day_month']).sort()).toEqual([492, 493, 504]);
  expect(await keysOf(table, `text = 'new'`)).toEqual([0, 10, 20]);
  expect(await keysOf(table)).toEqual([0, 1, 2, 10, 11, 12, 20, 21, 22]);
});

test('an overwrite replaces the rows of its partitions in files of every spec, and no others', async () => {
  const table = await createGenerations();
  const result = await table.overwritePartitions({ partitions: [january2011], select: `SELECT 99 AS key, DATE '2011-01-31' AS day, 'new' AS text` });
  expect(result).toMatchObject({ rows: 1, removedRows: 3, removedFiles: 3, affectedPartitions: [january2011] });
  expect(await keysOf(table)).toEqual([1, 2, 11, 12, 21, 22, 99]);
  expect(table.currentSnapshot?.summary).toMatchObject({ 'total-records': '7' });
  const outside = table.overwritePartitions({ partitions: [january2011], select: `SELECT 99 AS key, DATE '2011-02-01' AS day, 'new' AS text` });
  await expect(outside).rejects.toThrow(PartitionMismatchError);
  await table.overwritePartitions({ partitions: 'all', select: `SELECT 5 AS key, NULL::DATE AS day, NULL AS text` });
  expect(await keysOf(table)).toEqual([5]);
});

test('files of an older spec without rows of the partitions stay as they are', async () => {
  const table = await createGenerations();
  const before = (await table.scan()).files.map((file) => file.path);
  await table.overwritePartitions({ partitions: [{ day_month: 600 }], select: `SELECT 99 AS key, DATE '2020-01-31' AS day, 'new' AS text` });
  expect((await table.scan()).files.filter((file) => before.includes(file.path))).toHaveLength(before.length);
});
