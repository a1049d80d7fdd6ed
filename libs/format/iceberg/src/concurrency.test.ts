import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFileCatalog } from './catalog.ts';
import { CommitConflictError } from './errors.ts';
import { createTable, loadTable, type Table } from './table.ts';
import { createEngine, createWorkspace, type Workspace } from './testing/local-ports.ts';
import type { IcebergSchema } from './types.ts';

const schema: IcebergSchema = {
  fields: [
    { id: 1, name: 'key', required: true, type: 'long' },
    { id: 2, name: 'amount', required: false, type: 'int' },
    { id: 3, name: 'part', required: false, type: 'int' },
  ],
};

let workspace: Workspace;
let engines: Awaited<ReturnType<typeof createEngine>>[];

beforeEach(async () => {
  workspace = await createWorkspace();
  engines = [];
});

afterEach(async () => {
  for (const engine of engines) engine.close();
  await workspace.dispose();
});

function catalog() {
  return createFileCatalog({ io: workspace.ports.io, location: `${workspace.folder}/t` });
}

function create(properties: Record<string, string> = {}): Promise<Table> {
  return createTable({ catalog: catalog(), ports: workspace.ports, schema, partitioning: [{ source: 'part', transform: 'identity' }], properties });
}

async function openElsewhere(): Promise<Table> {
  const engine = await createEngine({ threads: '1' });
  engines.push(engine);
  return loadTable({ catalog: catalog(), ports: { ...workspace.ports, engine } });
}

async function query(sql: (relation: string) => string): Promise<unknown> {
  const table = await loadTable({ catalog: catalog(), ports: workspace.ports });
  const [row] = await workspace.engine.rows(sql(`(${(await table.scan()).sql})`));
  return Object.values(row ?? {});
}

test('appends of six writers at once all survive', async () => {
  await create();
  const writers = await Promise.all(Array.from({ length: 6 }, openElsewhere));
  const append = (table: Table, writer: number, round: number) => table.append(`SELECT ${writer * 100 + round} AS key, 1 AS amount, ${round} AS part`);
  await Promise.all(
    writers.map(async (table, writer) => {
      for (let round = 0; round < 3; round++) await append(table, writer, round);
    }),
  );
  expect(await query((rows) => `SELECT count(*), count(DISTINCT key) FROM ${rows}`)).toEqual([18n, 18n]);
});

test('merges that all raise the same row lose no raise', async () => {
  const table = await create();
  await table.append('SELECT 1 AS key, 0 AS amount, 0 AS part');
  const writers = await Promise.all(Array.from({ length: 5 }, openElsewhere));
  const results = await Promise.all(
    writers.map((writer) => writer.merge({ source: 'SELECT 1 AS key', on: ['key'], matched: [{ set: { amount: 't.amount + 1' } }] })),
  );
  expect(results.map(({ updatedRows }) => updatedRows)).toEqual([1, 1, 1, 1, 1]);
  expect(await query((rows) => `SELECT count(*), sum(amount)::INTEGER FROM ${rows}`)).toEqual([1n, 5]);
});

test('a merge planned before another writer inserted its key updates the row instead of inserting it twice', async () => {
  await create();
  const stale = await openElsewhere();
  const other = await openElsewhere();
  await other.append('SELECT 7 AS key, 1 AS amount, 0 AS part');
  const result = await stale.merge({
    source: 'SELECT 7 AS key, 5 AS amount, 0 AS part',
    on: ['key'],
    matched: [{ set: { amount: 's.amount' } }],
    notMatched: [{ insert: { key: 's.key', amount: 's.amount', part: 's.part' } }],
  });
  expect(result).toMatchObject({ insertedRows: 0, updatedRows: 1 });
  expect(await query((rows) => `SELECT count(*), sum(amount)::INTEGER FROM ${rows}`)).toEqual([1n, 5]);
});

test('an overwrite of partitions that another writer changed is refused and leaves no files behind', async () => {
  await create();
  const stale = await openElsewhere();
  const other = await openElsewhere();
  await other.append('SELECT 1 AS key, 1 AS amount, 5 AS part');
  const before = await workspace.ports.io.list(`${workspace.folder}/t/data/`);
  await expect(stale.overwritePartitions({ partitions: [{ part: 5 }], select: 'SELECT 2 AS key, 2 AS amount, 5 AS part' })).rejects.toThrow(CommitConflictError);
  expect(await workspace.ports.io.list(`${workspace.folder}/t/data/`)).toEqual(before);
  expect(await query((rows) => `SELECT min(key) FROM ${rows}`)).toEqual([1n]);
});

test('an overwrite that can select anew does so when another writer changed its partitions', async () => {
  await create();
  const stale = await openElsewhere();
  const other = await openElsewhere();
  let calls = 0;
  const select = async () => {
    if (calls++ === 0) await other.append('SELECT 1 AS key, 1 AS amount, 5 AS part');
    return `SELECT ${calls} AS key, 2 AS amount, 5 AS part`;
  };
  const result = await stale.overwritePartitions({ partitions: [{ part: 5 }], select });
  expect(result).toMatchObject({ rows: 1, removedRows: 1 });
  expect(await query((rows) => `SELECT count(*), min(key)::INTEGER FROM ${rows}`)).toEqual([1n, 2]);
  expect(await workspace.ports.io.list(`${workspace.folder}/t/data/`)).toHaveLength(2);
});

test('an overwrite goes through when another writer changed other partitions', async () => {
  await create();
  const stale = await openElsewhere();
  const other = await openElsewhere();
  await other.append('SELECT 1 AS key, 1 AS amount, 6 AS part');
  await stale.overwritePartitions({ partitions: [{ part: 5 }], select: 'SELECT 2 AS key, 2 AS amount, 5 AS part' });
  expect(await query((rows) => `SELECT count(*) FROM ${rows}`)).toEqual([2n]);
});

test('a writer that loses every try gives up with a conflict and removes its files', async () => {
  await create({ 'commit.retry.num-retries': '2' });
  const base = catalog();
  const beaten = { ...base, commit: async () => undefined };
  const loser = await loadTable({ catalog: beaten, ports: workspace.ports });
  await expect(loser.append('SELECT 1 AS key, 1 AS amount, 1 AS part')).rejects.toThrow(/3 tries/);
  expect(await workspace.ports.io.list(`${workspace.folder}/t/data/`)).toEqual([]);
  expect((await workspace.ports.io.list(`${workspace.folder}/t/metadata/`)).filter((file) => file.endsWith('.avro'))).toEqual([]);
});

test('two operations at once on one handle both commit', async () => {
  const table = await create();
  await Promise.all([table.append('SELECT 1 AS key, 1 AS amount, 1 AS part'), table.append('SELECT 2 AS key, 1 AS amount, 1 AS part')]);
  expect(table.currentSnapshot?.summary['total-records']).toBe('2');
});

test('only one of several writers creates the table', async () => {
  const outcomes = await Promise.allSettled([create(), create(), create()]);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});
