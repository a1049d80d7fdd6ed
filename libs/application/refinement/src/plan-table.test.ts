import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { beerLake } from '@data-master/beer-lake';
import { createControlRecord, fail, type ControlRecord } from '@data-master/control-records';
import { createManualClock, createMemoryControlStore, createMemoryLogger, createMemoryObjectStore, createSequentialIds } from '@data-master/testing';
import type { QueryEngine } from '@data-master/ports';
import { listWaves } from './list-waves.ts';
import { readPlan, writePlan } from './plan-object.ts';
import { planTable, type PlanTablePorts } from './plan-table.ts';
import { answerPlanner, plannerRequestSchema } from './planner.ts';

/** What a plan of records that were never tried before must not need. */
const untouched = (): never => {
  throw new Error('no table is read for records that were never tried');
};

function makePorts(): PlanTablePorts & { clock: ReturnType<typeof createManualClock> } {
  return {
    model: beerLake, tables: { open: untouched }, query: { session: untouched } as unknown as QueryEngine, store: createMemoryObjectStore(), clock: createManualClock(),
    control: createMemoryControlStore(), ids: createSequentialIds(), logger: createMemoryLogger(), engineFor: () => Promise.resolve('duckdb'), uriOf: (key) => Promise.resolve(`s3://lake/${key}`),
  };
}

const recordOf = (id: number, ports: PlanTablePorts): ControlRecord => createControlRecord({
  control_id: `r${id}`, object_key: `bronze/beer/year=2026/month=01/day=01/${id}.parquet`, schema_name: 'dm_silver', table_name: 'beer', file_format: 'parquet', file_size: 2 ** 40, checksum: 'c', compute_target: 'ecs',
}, ports.clock.now());
const beer = { layer: 'silver', table: 'beer', worker: 'execution' } as const;
const nothing = { engine: 'none', layer: 'silver', table: 'beer', run_id: null, plan_key: null, plan_uri: null, wait_seconds: 0 };

describe('planning a table', () => {
  test('says so when nothing is pending', async () => {
    expect(await planTable(beer, makePorts())).toEqual(nothing);
  });

  test('claims what is pending for the execution and writes what Spark and the settling read', async () => {
    const ports = makePorts();
    await ports.control.commit([{ insert: recordOf(1, ports) }, { insert: recordOf(2, ports) }]);
    expect(await planTable({ ...beer, leaseMs: 90_000 }, ports)).toEqual({
      engine: 'duckdb', layer: 'silver', table: 'beer', run_id: 'id-1', plan_key: 'plans/silver/beer/id-1.json', plan_uri: 's3://lake/plans/silver/beer/id-1.json', wait_seconds: 0,
    });
    expect(await ports.control.get('r2')).toMatchObject({ status: 'running', lease_owner: 'execution', lease_until: '2026-01-01T00:01:30.000Z' });
    const text = Buffer.from(await ports.store.readRange('plans/silver/beer/id-1.json', 0, 1e6)).toString();
    expect(JSON.parse(text)).toMatchObject({
      run_id: 'id-1', layer: 'silver', table: 'beer', partitions: 'TRUE', summary: { 'dm.control-ids': 'r1,r2', 'dm.run-id': 'id-1' },
      bronze: { beer: ['s3://lake/bronze/beer/year=2026/month=01/day=01/1.parquet', 's3://lake/bronze/beer/year=2026/month=01/day=01/2.parquet'] },
    });
    expect(await planTable(beer, ports)).toEqual(nothing);
  });

  test('tells how long to wait for a back-off, and plans when it is over', async () => {
    const ports = makePorts();
    await ports.control.commit([{ insert: { ...recordOf(1, ports), available_at: '2026-01-01T00:00:03.500Z' } }]);
    expect(await planTable(beer, ports)).toEqual({ ...nothing, engine: 'wait', wait_seconds: 4 });
    ports.clock.advance(3_500);
    expect((await planTable(beer, ports)).engine).toBe('duckdb');
  });

  test('does not wait for what another execution works on', async () => {
    const ports = makePorts();
    await ports.control.commit([{ insert: recordOf(1, ports) }]);
    await planTable(beer, ports);
    expect(await planTable({ ...beer, worker: 'another' }, ports)).toEqual(nothing);
  });

  test('gives its records another attempt when the plan cannot be written', async () => {
    const ports = makePorts();
    await ports.control.commit([{ insert: recordOf(1, ports) }]);
    const store = { ...ports.store, write: () => Promise.reject(new Error('no room')) };
    await expect(planTable(beer, { ...ports, store })).rejects.toThrow('no room');
    expect(await ports.control.get('r1')).toMatchObject({ status: 'pending', attempt_count: 1, error_message: 'no room' });
  });
});

test('a plan is read as it was written', async () => {
  const ports = makePorts();
  const partition = fc.dictionary(fc.constantFrom('review_year', 'review_month'), fc.option(fc.integer()), { minKeys: 1 });
  const record = fc.record({ id: fc.nat(), key: fc.stringMatching(/^[a-zé'"\\ ]{1,12}$/), partitions: fc.option(fc.array(partition, { maxLength: 3 })), rows: fc.maxSafeNat(), failed: fc.boolean() });
  await fc.assert(fc.asyncProperty(fc.constantFrom('silver' as const, 'gold' as const), fc.array(record, { minLength: 1, maxLength: 4 }), async (layer, drawn) => {
    const records = drawn.map(({ id, key, partitions, rows, failed }): ControlRecord => {
      const made = { ...recordOf(id, ports), object_key: layer === 'silver' ? `bronze/beer/year=2026/month=01/day=01/${key}.parquet` : key, affected_partitions: partitions, record_count: rows };
      return failed ? fail({ ...made, status: 'running', attempt_count: 1 }, { message: key, transient: true }, ports.clock.now()) : made;
    });
    const plan = { runId: 'run', layer, table: layer === 'silver' ? 'beer' : 'top_drinkers', records };
    expect(await readPlan(await writePlan(plan, 'spark', ports), ports.store)).toEqual(plan);
  }));
});

describe('the waves of a layer', () => {
  test('are the source tables before what is derived from them, and all of gold at once', () => {
    expect(listWaves('silver', beerLake)).toEqual([beerLake.tables.map(({ name }) => name), ['review_flat']]);
    expect(listWaves('gold', beerLake)).toEqual([beerLake.gold.map(({ name }) => name)]);
  });

  test('hold only the tables that are asked for, and refuse one that is not there', () => {
    expect(listWaves('silver', beerLake, ['review_flat'])).toEqual([['review_flat']]);
    expect(listWaves('gold', beerLake, [])).toEqual([]);
    expect(() => listWaves('gold', beerLake, ['beer'])).toThrow(/gold has no table beer; expected some of top_beers_by_rating/);
  });
});

test('the planner answers what a machine asks, in whatever else the input of an execution holds', async () => {
  const ask = (request: unknown) => answerPlanner(plannerRequestSchema.parse(request), makePorts());
  expect(await ask({ operation: 'list', layer: 'gold', input: { tables: ['top_drinkers'], id: 'of an event' } })).toEqual({ waves: [['top_drinkers']] });
  expect(await ask({ operation: 'plan', ...beer })).toEqual(nothing);
  await expect(ask({ operation: 'settle', plan_key: 'plans/silver/beer/none.json' })).rejects.toThrow('object plans/silver/beer/none.json does not exist');
  expect(plannerRequestSchema.safeParse({ operation: 'drop' }).success).toBe(false);
});
