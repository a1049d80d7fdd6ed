import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { review } from '@data-master/beer-lake';
import type { Table } from '@data-master/iceberg';
import { TerminalError } from '@data-master/ports';
import { silverColumns, type LakeTable } from '@data-master/table-contracts';
import { createTestLake, type TestLake } from './testing/test-lake.ts';

const contract: LakeTable = {
  layer: 'silver', name: 'review', doc: review.doc, schemaVersion: 1, columns: silverColumns(review), partitionBy: review.partitionBy, key: review.primaryKey,
};
const wider: LakeTable = {
  ...contract, schemaVersion: 2,
  columns: contract.columns.map((column) => (column.name === 'review_overall' ? { ...column, type: 'decimal(5,1)' } : column)),
};
const extended: LakeTable = { ...contract, schemaVersion: 2, columns: [...contract.columns, { id: 500, name: 'city', type: 'string', required: false, doc: 'city' }] };

let lake: TestLake;
beforeEach(async () => {
  lake = await createTestLake();
});
afterEach(() => lake.close());

const open = (table: LakeTable): Promise<Table> => lake.query.session((engine) => lake.tables.open(table, engine));
const typeOf = (table: Table, name: string) => table.schema.fields.find((field) => field.name === name)?.type;

describe('opening the table of a contract', () => {
  test('creates it once, and leaves it as it is while the contract is', async () => {
    const [one, other] = await Promise.all([open(contract), open(contract)]);
    expect(one.metadata['table-uuid']).toBe(other.metadata['table-uuid']);
    expect((await open(contract)).metadataLocation).toBe(one.metadataLocation);
    expect(lake.logger.entries).toEqual([]);
  });

  test('aligns it when the contract has evolved, says so in the log, and lets two writers do so at once', async () => {
    await open(contract);
    const opened = await Promise.all([open(extended), open(extended), open(extended)]);
    for (const table of opened) expect(typeOf(table, 'city')).toBe('string');
    expect(lake.logger.entries).toContainEqual({ level: 'info', event: 'table.aligned', fields: { layer: 'silver', table: 'review', changes: ['add city'] } });
  });

  test('gives the columns of the newest contract to tables that had none of its versions written down', async () => {
    const table = await open(contract);
    await table.setProperties({ 'dm.schema-version': undefined });
    expect(typeOf(await open(wider), 'review_overall')).toBe('decimal(5, 1)');
    await expect(open(contract)).rejects.toThrow('schemaVersion 2 of its contract; expected at most 1');
  });

  test.each<[string, LakeTable, RegExp]>([
    ['a column of another type', { ...contract, columns: contract.columns.map((column) => (column.name === 'review_time' ? { ...column, type: 'string' } : column)) },
      /silver\.review: column "review_time": found long to string, expected int to long.*take the change of the contract back/],
    ['a column that partitions it gone', { ...contract, columns: contract.columns.filter(({ name }) => name !== 'review_month') }, /silver\.review: column "review_month": found a drop of the source of partition field/],
    ['another partitioning', { ...contract, partitionBy: ['review_year'] }, /silver\.review is partitioned by review_year, review_month; expected review_year, as its contract says/],
  ])('refuses %s and changes nothing', async (_what, changed, message) => {
    const { metadataLocation } = await open(contract);
    await expect(open({ ...changed, schemaVersion: 2 })).rejects.toThrow(message);
    await expect(open(changed)).rejects.toThrow(TerminalError);
    expect((await open(contract)).metadataLocation).toBe(metadataLocation);
  });

  test('refuses a new column that every row must have a value in, once there are rows', async () => {
    const values = contract.columns.map(({ name, required }) => `${required ? (name === 'created_at' ? 'now()' : '1') : 'NULL'} AS ${name}`);
    await lake.query.session(async (engine) => (await lake.tables.open(contract, engine)).append(`SELECT ${values.join(', ')}`));
    const required: LakeTable = { ...extended, columns: extended.columns.map((column) => (column.name === 'city' ? { ...column, required: true } : column)) };
    await expect(open(required)).rejects.toThrow(/silver\.review: column "city": found added as required, expected optional/);
  });
});
