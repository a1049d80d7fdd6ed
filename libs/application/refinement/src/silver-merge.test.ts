import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createControlRecord } from '@data-master/control-records';
import { defineTable, lakeTables, type LakeModel } from '@data-master/table-contracts';
import { createDuckDbEngine } from './duckdb-engine.ts';
import type { RefinementPlan } from './refinement-plan.ts';
import { createTestLake, type BronzeRow, type TestLake } from './testing/test-lake.ts';

/** A change of a source, whose log gives every change a position of its own. */
interface Change {
  key: number;
  operation: 'load' | 'insert' | 'update' | 'delete';
  value: number;
  /** Index in the source's log. */
  at: number;
}

const instant = (at: number): string => new Date(Date.UTC(2024, 0, 1, 0, 0, Math.floor(at / 3))).toISOString().replace('Z', '000Z');
const position = (at: number): string => String(at).padStart(8, '0');

let lake: TestLake;
let names = 0;

beforeAll(async () => { lake = await createTestLake(); });
afterAll(() => lake.close());

function makeTable() {
  const table = defineTable({
    name: `item_${(names += 1)}`, doc: 'Items', schemaVersion: 1, primaryKey: ['id'],
    columns: {
      id: { id: 1, type: 'long', required: true, doc: 'key' },
      value: { id: 2, type: 'long', required: true, doc: 'value' },
      seen_at: { id: 3, type: 'long', required: true, doc: 'seconds' },
    },
    derived: { seen_year: { id: 4, type: 'int', derive: { part: 'year', ofEpochSeconds: 'seen_at' }, doc: 'year' } },
    partitionBy: ['seen_year'],
    quality: [],
  });
  const model: LakeModel = { name: 'test', tables: [table], derived: [], gold: [] };
  const engine = createDuckDbEngine({ model, tables: lake.tables, files: lake.files, query: lake.query });
  const apply = (keys: readonly string[]): Promise<void> => engine.apply(planOf(table.name, keys));
  const rows = (select: string) => lake.query.session(async (session) => {
    const scan = await (await lake.tables.open(lakeTables(model)[0]!, session)).scan();
    return session.rows(`${select} FROM (${scan.sql}) AS t ORDER BY id`);
  });
  const snapshots = () => lake.query.session(async (session) => (await lake.tables.open(lakeTables(model)[0]!, session)).snapshots.length);
  return { table, apply, rows, snapshots };
}

function planOf(table: string, keys: readonly string[]): RefinementPlan {
  const records = keys.map((key) => createControlRecord({
    control_id: key, object_key: key, schema_name: 'dm_silver', table_name: table, file_format: 'parquet', file_size: 1, checksum: key, compute_target: 'ecs',
  }, new Date('2024-01-01T00:00:00Z')));
  return { runId: keys.join(), layer: 'silver', table, records };
}

const seenAt = (value: number): number => (value % 3) * 31_536_000;

function bronzeRow({ key, operation, value, at }: Change): BronzeRow {
  const isDelete = operation === 'delete';
  return { id: key, value: isDelete ? null : value, seen_at: isDelete ? null : seenAt(value), operation, _commit_time: instant(at), _position: position(at) };
}

async function applyBatches(batches: readonly (readonly (readonly Change[])[])[]) {
  const { table, apply, rows: rowsOf } = makeTable();
  let file = 0;
  for (const batch of batches) {
    const keys: string[] = [];
    for (const rows of batch) {
      if (rows.length === 0) continue;
      const key = `bronze/${table.name}/year=2024/month=01/day=01/${(file += 1)}.parquet`;
      await lake.writeBronze(table, key, rows.map(bronzeRow));
      keys.push(key);
    }
    if (keys.length > 0) await apply(keys);
  }
  return rowsOf('SELECT id, value, seen_year, deleted_at IS NOT NULL AS deleted, epoch_us(created_at) AS created, epoch_us(updated_at) AS updated, _position');
}

const micros = (at: number): bigint => BigInt(Date.parse(instant(at))) * 1_000n;

/** What silver must hold after all changes, whatever way they came: the source's own last word on each key. */
function expectedRows(changes: readonly Change[]) {
  return [...new Set(changes.map((change) => change.key))].sort((a, b) => a - b).map((key) => {
    const own = changes.filter((change) => change.key === key).sort((a, b) => a.at - b.at);
    const values = own.findLast((change) => change.operation !== 'delete');
    return {
      id: BigInt(key),
      value: values ? BigInt(values.value) : null,
      seen_year: values ? 1970 + (values.value % 3) : null,
      deleted: own.at(-1)!.operation === 'delete',
      created: micros(own[0]!.at),
      updated: values ? micros(values.at) : null,
      _position: values ? position(values.at) : null,
    };
  });
}

const history = fc.array(
  fc.record({ key: fc.integer({ min: 1, max: 5 }), operation: fc.constantFrom('load', 'insert', 'update', 'delete', 'delete'), value: fc.integer({ min: 0, max: 99 }) }),
  { minLength: 1, maxLength: 14 },
).map((changes) => changes.map((change, at) => ({ ...change, at })));

describe('merging changes into silver', () => {
  test('any order, batching and repetition of a history ends in the state of its source', async () => {
    await fc.assert(fc.asyncProperty(
      history.chain((changes) => fc.record({
        changes: fc.constant(changes),
        delivered: fc.tuple(fc.shuffledSubarray(changes, { minLength: changes.length }), fc.subarray(changes)).map(([all, again]) => [...all, ...again]),
        cuts: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 4 }),
      })),
      async ({ changes, delivered, cuts }) => {
        const batches: Change[][][] = [];
        let rest = delivered;
        for (let turn = 0; rest.length > 0; turn += 1) {
          const size = 1 + cuts[turn % cuts.length]!;
          const batch = rest.slice(0, size);
          rest = rest.slice(size);
          const middle = Math.ceil(batch.length / 2);
          batches.push([batch.slice(0, middle), batch.slice(middle)]);
        }
        expect(await applyBatches(batches)).toEqual(expectedRows(changes));
      },
    ), { numRuns: 25 });
  });

  test('within one file, where all rows share commit time and position, the later row wins', async () => {
    const { table, apply, rows } = makeTable();
    const at = { _commit_time: instant(0), _position: 'file' };
    const row = (id: number, operation: string, value: number | null): BronzeRow => ({ id, operation, value, seen_at: value === null ? null : 0, ...at });
    const key = `bronze/${table.name}/year=2024/month=01/day=01/one.parquet`;
    await lake.writeBronze(table, key, [
      row(1, 'insert', 1), row(1, 'update', 2), row(1, 'delete', null), row(2, 'delete', null), row(2, 'insert', 3), row(3, 'delete', null),
    ]);
    for (const _again of [1, 2]) await apply([key]);
    expect(await rows('SELECT id, value, deleted_at IS NOT NULL AS deleted')).toEqual([
      { id: 1n, value: 2n, deleted: true },
      { id: 2n, value: 3n, deleted: false },
      { id: 3n, value: null, deleted: true },
    ]);
  });

  test('the same change that comes with more values fills in those that were null, in any order and once', async () => {
    const change = { id: 1, operation: 'update', _commit_time: instant(0), _position: position(0) };
    const before: BronzeRow = { ...change, value: null, seen_at: 0 };
    const full: BronzeRow = { ...change, value: 7, seen_at: 0 };
    const later: BronzeRow = { ...change, value: null, seen_at: 0, _commit_time: instant(3), _position: position(3) };
    const cases: [order: BronzeRow[], value: bigint | null, commits: number][] = [
      [[before, full, full, before], 7n, 2], [[full, before], 7n, 1], [[before, later, full], null, 2], [[full, later, full], null, 2],
    ];
    for (const [order, value, commits] of cases) {
      const { table, apply, rows, snapshots } = makeTable();
      for (const [index, row] of order.entries()) {
        const key = `bronze/${table.name}/year=2024/month=01/day=01/${index}.parquet`;
        await lake.writeBronze(table, key, [row]);
        await apply([key]);
      }
      expect({ rows: await rows('SELECT id, value'), snapshots: await snapshots() }).toEqual({ rows: [{ id: 1n, value }], snapshots: commits });
    }
  });

  test('applying the same files again commits nothing', async () => {
    const { table, apply, snapshots } = makeTable();
    const key = `bronze/${table.name}/year=2024/month=01/day=01/one.parquet`;
    await lake.writeBronze(table, key, [bronzeRow({ key: 1, operation: 'insert', value: 1, at: 0 }), bronzeRow({ key: 1, operation: 'delete', value: 0, at: 1 })]);
    for (const _again of [1, 2]) await apply([key]);
    expect(await snapshots()).toBe(1);
  });
});
