import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFileCatalog } from './catalog.ts';
import type { MergeOptions } from './merge.ts';
import { createTable, type Table } from './table.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';

let workspace: Workspace;

beforeEach(async () => {
  workspace = await createWorkspace();
});

afterEach(() => workspace.dispose());

async function createStock(rows: string): Promise<Table> {
  const table = await createTable({
    catalog: createFileCatalog({ io: workspace.ports.io, location: `${workspace.folder}/t` }),
    ports: workspace.ports,
    schema: {
      fields: [
        { id: 1, name: 'key', required: false, type: 'long' },
        { id: 2, name: 'amount', required: false, type: 'int' },
        { id: 3, name: 'shelf', required: false, type: 'string' },
      ],
    },
    partitioning: [{ source: 'shelf', transform: 'identity' }],
  });
  await table.append(`SELECT * FROM (VALUES ${rows}) v(key, amount, shelf)`);
  return table;
}

async function rowsOf(table: Table): Promise<unknown[][]> {
  return (await workspace.engine.rows(`SELECT * FROM (${(await table.scan()).sql}) ORDER BY ALL NULLS LAST`)).map((row) => Object.values(row));
}

const insertAll: NonNullable<MergeOptions['notMatched']> = [{ insert: { key: 's.key', amount: 's.amount', shelf: 's.shelf' } }];

test('the first clause whose condition is true applies, a condition that is NULL is not', async () => {
  const table = await createStock(`(1, 10, 'a'), (2, 20, 'a'), (3, 30, 'a'), (4, 40, 'a')`);
  const result = await table.merge({
    source: `SELECT * FROM (VALUES (1, 1), (2, 2), (3, NULL), (4, 4)) v(key, amount)`,
    on: ['key'],
    matched: [
      { when: 's.amount < 2', set: { amount: '-1' } },
      { when: 's.amount < 3', delete: true },
      { when: 's.amount IS NOT NULL', set: { amount: 't.amount + s.amount', shelf: `'a'` } },
    ],
  });
  expect(result).toMatchObject({ updatedRows: 2, deletedRows: 1, insertedRows: 0 });
  expect(await rowsOf(table)).toEqual([[1n, -1, 'a'], [3n, 30, 'a'], [4n, 44, 'a']]);
});

test('a row whose partition column changes moves, and both partitions are affected', async () => {
  const table = await createStock(`(1, 10, 'a'), (2, 20, 'b'), (3, 30, 'c')`);
  const result = await table.merge({ source: `SELECT 1 AS key`, on: ['key'], matched: [{ set: { shelf: `'b'` } }] });
  expect(result.affectedPartitions).toEqual([{ shelf: 'a' }, { shelf: 'b' }]);
  expect(result.rewrittenFiles).toBe(1);
  expect((await table.scan({ filter: [{ column: 'shelf', op: '=', value: 'b' }] })).rows).toBe(2);
});

test('keys without a value match nothing on either side, and columns left out of an insert are NULL', async () => {
  const table = await createStock(`(NULL, 10, 'a'), (1, 20, 'a')`);
  const result = await table.merge({
    source: `SELECT * FROM (VALUES (NULL, 1), (NULL, 2)) v(key, amount)`,
    on: ['key'],
    matched: [{ delete: true }],
    notMatched: [{ when: 's.amount > 1', insert: { amount: 's.amount' } }],
  });
  expect(result).toMatchObject({ insertedRows: 1, deletedRows: 0, candidateFiles: 0 });
  expect(await rowsOf(table)).toEqual([[1n, 20, 'a'], [null, 2, null], [null, 10, 'a']]);
});

test('several target rows of one key all change', async () => {
  const table = await createStock(`(1, 10, 'a'), (1, 20, 'b'), (2, 30, 'b')`);
  const result = await table.merge({ source: 'SELECT 1 AS key', on: ['key'], matched: [{ set: { amount: '0' } }] });
  expect(result).toMatchObject({ updatedRows: 2, rewrittenFiles: 2 });
  expect(await rowsOf(table)).toEqual([[1n, 0, 'a'], [1n, 0, 'b'], [2n, 30, 'b']]);
});

test('files whose pairs no clause applies to are left alone', async () => {
  const table = await createStock(`(1, 10, 'a'), (2, 20, 'b')`);
  const before = (await table.scan()).files.map((file) => file.path);
  const result = await table.merge({
    source: `SELECT * FROM (VALUES (1, 10), (2, 21)) v(key, amount)`,
    on: ['key'],
    matched: [{ when: 's.amount <> t.amount', set: { amount: 's.amount' } }],
  });
  expect(result).toMatchObject({ candidateFiles: 2, rewrittenFiles: 1, affectedPartitions: [{ shelf: 'b' }] });
  expect((await table.scan()).files.filter((file) => before.includes(file.path))).toHaveLength(1);
});

test('deleting every row of the table leaves an empty table', async () => {
  const table = await createStock(`(1, 10, 'a'), (2, 20, 'b')`);
  const { snapshot } = await table.merge({ source: 'SELECT * FROM range(5) v(key)', on: ['key'], matched: [{ delete: true }] });
  expect(snapshot?.summary).toMatchObject({ operation: 'delete', 'total-records': '0' });
  expect(await rowsOf(table)).toEqual([]);
});

test('the source is evaluated once', async () => {
  const table = await createStock(`(1, 10, 'a')`);
  await workspace.engine.run('CREATE SEQUENCE calls');
  await table.merge({ source: `SELECT i AS key, nextval('calls')::INTEGER AS amount, 'a' AS shelf FROM range(3) r(i)`, on: ['key'], matched: [{ set: { amount: 's.amount' } }], notMatched: insertAll });
  expect(await workspace.engine.rows(`SELECT nextval('calls')::INTEGER AS n`)).toEqual([{ n: 4 }]);
});

test.each(['rowid', '__file', '__CLAUSE'])('a source column %s, which the merge would mistake for its own, is refused', async (name) => {
  const table = await createStock(`(1, 10, 'a')`);
  await expect(table.merge({ source: `SELECT 1 AS key, 2 AS ${name}`, on: ['key'], matched: [{ delete: true }] })).rejects.toThrow(`found a column "${name}"`);
});

test('names that need quotes are quoted', async () => {
  const catalog = createFileCatalog({ io: workspace.ports.io, location: `${workspace.folder}/o'dd [1]*?` });
  const table = await createTable({
    catalog,
    ports: workspace.ports,
    schema: { fields: [{ id: 1, name: 'the "key"', required: true, type: 'long' }, { id: 2, name: `it's`, required: false, type: 'string' }] },
    partitioning: [{ source: `it's`, transform: 'identity' }],
  });
  await table.append(`SELECT 1 AS "the ""key""", 'x' AS "it's"`);
  const result = await table.merge({ source: `SELECT 1 AS "the ""key"""`, on: ['the "key"'], matched: [{ set: { [`it's`]: `'y'` } }] });
  expect(result.affectedPartitions).toEqual([{ [`it's`]: 'x' }, { [`it's`]: 'y' }]);
  const { sql } = await table.scan({ filter: [{ column: 'the "key"', op: '=', value: 1 }] });
  expect(await workspace.engine.rows(sql)).toEqual([{ 'the "key"': 1n, [`it's`]: 'y' }]);
});
