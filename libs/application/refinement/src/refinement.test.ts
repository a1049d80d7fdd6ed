import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { beerLake as wholeLake } from '@data-master/beer-lake';
import { createControlRecord, type ControlRecord } from '@data-master/control-records';
import { createManualClock, createMemoryControlStore, createMemoryLogger, createSequentialIds } from '@data-master/testing';
import { lakeTables, type LakeModel, type SourceTable } from '@data-master/table-contracts';
import { applyPlan } from './apply-plan.ts';
import { applyPlannedRun, type ApplyRunPorts } from './apply-planned-run.ts';
import { createDuckDbEngine } from './duckdb-engine.ts';
import { listWaves } from './list-waves.ts';
import { planTable, type PlanTablePorts } from './plan-table.ts';
import { planRefinement, type Layer } from './refinement-plan.ts';
import { settleRun, type SettledRun } from './settle-run.ts';
import { createTestLake, type BronzeRow, type TestLake } from './testing/test-lake.ts';

/** The reference lake, counting months of one review. */
const beerLake: LakeModel = { ...wholeLake, gold: wholeLake.gold.map((table) => ('min_reviews' in table.parameters ? { ...table, parameters: { min_reviews: 1 } } : table)) };

let lake: TestLake;
let ports: PlanTablePorts & ApplyRunPorts;
let files = 0;

beforeEach(async () => {
  lake = await createTestLake();
  const clock = createManualClock(new Date('2024-06-01T00:00:00Z'));
  ports = {
    model: beerLake, tables: lake.tables, query: lake.query, store: lake.store, clock,
    engine: createDuckDbEngine({ model: beerLake, tables: lake.tables, files: lake.files, query: lake.query }),
    engineFor: () => Promise.resolve('duckdb'), uriOf: (key) => Promise.resolve(key),
    control: createMemoryControlStore(), ids: createSequentialIds(), logger: createMemoryLogger(),
  };
});
afterEach(() => lake.close());

const tableOf = (name: string): SourceTable => beerLake.tables.find((table) => table.name === name)!;

/** Puts rows into bronze with the pending record that ingest would have written. */
async function arrive(name: string, rows: readonly Record<string, string | number | null>[], at = 0, copies = 1): Promise<ControlRecord> {
  const key = `bronze/${name}/year=2024/month=06/day=01/${String((files += 1)).padStart(4, '0')}.parquet`;
  const time = new Date(Date.UTC(2024, 5, 1, 0, at)).toISOString().replace('Z', '000Z');
  await lake.writeBronze(tableOf(name), key, rows.map((row): BronzeRow => ({ operation: 'load', _commit_time: time, _position: key, ...row })), copies);
  const record = createControlRecord({
    control_id: `silver-${files}`, object_key: key, schema_name: 'dm_silver', table_name: name, file_format: 'parquet', file_size: 1, checksum: String(files), compute_target: 'ecs', record_count: rows.length,
  }, ports.clock.now());
  await ports.control.commit([{ insert: record }]);
  return record;
}

/** What a state machine does for one table, once. */
async function refine(layer: Layer, table: string): Promise<SettledRun['outcome'] | 'idle'> {
  const { plan_key: planKey } = await planTable({ layer, table, worker: 'test' }, ports);
  if (!planKey) return 'idle';
  await applyPlannedRun({ planKey }, ports);
  return (await settleRun({ planKey }, ports)).outcome;
}

async function refineAll(): Promise<void> {
  for (const layer of ['silver', 'gold'] as const) for (const table of listWaves(layer, beerLake).flat()) await refine(layer, table);
}

const select = (layer: string, name: string, sql: string) => lake.query.session(async (engine) => {
  const target = lakeTables(beerLake).find((table) => table.layer === layer && table.name === name)!;
  const scan = await (await lake.tables.open(target, engine)).scan();
  return engine.rows(`WITH t AS (${scan.sql}) ${sql}`);
});

const snapshotsOf = (layer: string, name: string) => lake.query.session(async (engine) =>
  (await lake.tables.open(lakeTables(beerLake).find((table) => table.layer === layer && table.name === name)!, engine)).snapshots);

const january = Date.UTC(2010, 0, 15) / 1_000;
const february = Date.UTC(2010, 1, 15) / 1_000;
const review = (id: number, beer: number, time: number, score = '4.0') => ({
  review_id: id, brewery_id: beer * 10, beer_id: beer, profile_id: 1, review_overall: score, review_aroma: '3.0', review_appearance: '3.0', review_palate: '3.0', review_taste: '3.0', review_time: time,
});

async function arriveLake(): Promise<void> {
  await arrive('brewery', [{ brewery_id: 10, brewery_name: 'North' }, { brewery_id: 20, brewery_name: 'South' }]);
  await arrive('beer', [
    { beer_id: 1, brewery_id: 10, beer_name: 'Amber', beer_style: 'Ale', beer_abv: '5.00' },
    { beer_id: 2, brewery_id: 20, beer_name: 'Black', beer_style: 'Stout', beer_abv: null },
  ]);
  await arrive('profile', [{ profile_id: 1, profile_name: 'ann', email: 'hashed', state: 'OR' }]);
  await arrive('review', [review(1, 1, january), review(2, 1, january, '5.0'), review(3, 2, january), review(4, 2, february)]);
}

const volume = () => select('gold', 'state_by_review_volume', 'SELECT review_month, total_reviews FROM t ORDER BY review_month');
const names = () => select('silver', 'review_flat', 'SELECT review_id, beer_name FROM t ORDER BY review_id');

describe('refining a lake', () => {
  test('what arrived in bronze is joined in review_flat and counted in gold', async () => {
    await arriveLake();
    await refineAll();
    expect(await names()).toEqual([
      { review_id: 1n, beer_name: 'Amber' }, { review_id: 2n, beer_name: 'Amber' }, { review_id: 3n, beer_name: 'Black' }, { review_id: 4n, beer_name: 'Black' },
    ]);
    expect(await volume()).toEqual([{ review_month: 1, total_reviews: 3n }, { review_month: 2, total_reviews: 1n }]);
    expect(await select('gold', 'top_beers_by_rating', 'SELECT beer_name, avg_rating, total_reviews FROM t WHERE review_month = 1 ORDER BY beer_id')).toEqual([
      { beer_name: 'Amber', avg_rating: 4.5, total_reviews: 2n }, { beer_name: 'Black', avg_rating: 4, total_reviews: 1n },
    ]);
  });

  test('a delete leaves review_flat, stays in silver as a mark, and only its month of gold is computed again', async () => {
    await arriveLake();
    await refineAll();
    await arrive('review', [{ operation: 'delete', review_id: 4 }], 1);
    await refineAll();
    expect((await names()).map((row) => row['review_id'])).toEqual([1n, 2n, 3n]);
    expect(await select('silver', 'review', 'SELECT review_id FROM t WHERE deleted_at IS NOT NULL')).toEqual([{ review_id: 4n }]);
    expect(await volume()).toEqual([{ review_month: 1, total_reviews: 3n }]);
    const snapshots = await snapshotsOf('gold', 'state_by_review_volume');
    expect(snapshots.at(-1)!.summary).toMatchObject({ 'deleted-data-files': '1', 'total-data-files': '1' });
  });

  test('a review that moves to another month is counted there and no longer where it was', async () => {
    await arriveLake();
    await refineAll();
    await arrive('review', [{ operation: 'update', ...review(4, 2, january) }], 1);
    await refineAll();
    expect(await volume()).toEqual([{ review_month: 1, total_reviews: 4n }]);
  });

  test('a review that leaves a month of many is taken out of its gold as well, although the file of the others stays', async () => {
    await arrive('review', [review(1, 1, january)], 0, 20_000);
    await arrive('review', [review(30_000, 1, february)]);
    await refineAll();
    await arrive('review', [{ operation: 'update', ...review(7, 1, february) }], 1);
    await refineAll();
    expect(await volume()).toEqual([{ review_month: 1, total_reviews: 19_999n }, { review_month: 2, total_reviews: 2n }]);
    for (const name of ['review', 'review_flat']) expect((await snapshotsOf('silver', name)).at(-1)!.summary).toMatchObject({ 'added-position-deletes': '1' });
  });

  test('a late change of a dimension reaches the reviews that refer to it, and a deleted dimension leaves them without', async () => {
    await arriveLake();
    await refineAll();
    await arrive('beer', [{ operation: 'update', beer_id: 2, brewery_id: 20, beer_name: 'Noir', beer_style: 'Stout', beer_abv: null }, { operation: 'delete', beer_id: 1 }], 1);
    await refineAll();
    expect(await names()).toEqual([
      { review_id: 1n, beer_name: null }, { review_id: 2n, beer_name: null }, { review_id: 3n, beer_name: 'Noir' }, { review_id: 4n, beer_name: 'Noir' },
    ]);
    expect(await select('gold', 'top_styles_by_popularity', 'SELECT DISTINCT beer_style FROM t ORDER BY ALL NULLS LAST')).toEqual([{ beer_style: 'Stout' }, { beer_style: null }]);
  });

  test('a dimension that arrives after its reviews fills them in', async () => {
    await arrive('review', [review(1, 1, january)]);
    await refineAll();
    expect(await names()).toEqual([{ review_id: 1n, beer_name: null }]);
    await arrive('beer', [{ beer_id: 1, brewery_id: 10, beer_name: 'Amber', beer_style: 'Ale', beer_abv: null }], 1);
    await refineAll();
    expect(await names()).toEqual([{ review_id: 1n, beer_name: 'Amber' }]);
  });
});

describe('failures', () => {
  test('a crash between the commit and its bookkeeping repeats nothing and loses nothing that follows from it', async () => {
    await arriveLake();
    const plan = (await planRefinement({ layer: 'silver', table: 'review', worker: 'crashed' }, ports))!;
    await applyPlan(plan, ports);
    (ports.clock as ReturnType<typeof createManualClock>).advance(60 * 60_000);
    await refineAll();
    expect(await snapshotsOf('silver', 'review')).toHaveLength(1);
    expect(await volume()).toEqual([{ review_month: 1, total_reviews: 3n }, { review_month: 2, total_reviews: 1n }]);
  });

  test('two planners never claim one record', async () => {
    await arriveLake();
    await arrive('review', [review(5, 1, february)]);
    const plans = await Promise.all(['a', 'b'].map((worker) => planRefinement({ layer: 'silver', table: 'review', worker }, ports)));
    const claimed = plans.flatMap((plan) => plan?.records.map((record) => record.control_id) ?? []);
    expect(new Set(claimed).size).toBe(claimed.length);
    expect(claimed).toHaveLength(2);
  });

  test('a bronze object that is gone fails its own record with the reason, and the others go on', async () => {
    await arriveLake();
    const missing = createControlRecord({ control_id: 'lost', object_key: 'bronze/beer/year=2024/month=06/day=01/lost.parquet', schema_name: 'dm_silver', table_name: 'beer', file_format: 'parquet', file_size: 1, checksum: 'lost', compute_target: 'ecs' }, ports.clock.now());
    await ports.control.commit([{ insert: missing }]);
    expect(await refine('silver', 'beer')).toBe('failed');
    expect(await ports.control.get('lost')).toMatchObject({ status: 'error', error_message: expect.stringContaining('lost.parquet') });
    expect(await select('silver', 'beer', 'SELECT count(*) AS n FROM t')).toEqual([{ n: 2n }]);
  });

  test('nothing pending is nothing to do', async () => {
    expect(await refine('gold', 'top_drinkers')).toBe('idle');
  });
});
