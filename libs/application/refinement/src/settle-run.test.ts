import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { beerLake } from '@data-master/beer-lake';
import { claim, createControlRecord, type ControlRecord } from '@data-master/control-records';
import type { ControlStore } from '@data-master/ports';
import { collect, createManualClock, createMemoryControlStore, createMemoryLogger, createSequentialIds, type ManualClock } from '@data-master/testing';
import { lakeTables } from '@data-master/table-contracts';
import { applyPlan } from './apply-plan.ts';
import { applyPlannedRun, handBackRun, type ApplyRunPorts } from './apply-planned-run.ts';
import { createDuckDbEngine } from './duckdb-engine.ts';
import { readPlan } from './plan-object.ts';
import { planTable, type PlanTablePorts } from './plan-table.ts';
import { settleRun } from './settle-run.ts';
import { createTestLake, type TestLake } from './testing/test-lake.ts';

let lake: TestLake;
let clock: ManualClock;
let ports: PlanTablePorts & ApplyRunPorts;
const leaseMs = 60_000;
const records = 3;

beforeEach(async () => {
  lake = await createTestLake();
  clock = createManualClock();
  ports = {
    model: beerLake, tables: lake.tables, query: lake.query, store: lake.store, clock, control: createMemoryControlStore(), ids: createSequentialIds(), logger: createMemoryLogger(),
    engine: createDuckDbEngine({ model: beerLake, tables: lake.tables, files: lake.files, query: lake.query }), engineFor: () => Promise.resolve('spark'), uriOf: (key) => Promise.resolve(`s3://lake/${key}`),
  };
  for (let id = 1; id <= records; id += 1) await arrive(id);
});
afterEach(() => lake.close());

async function arrive(id: number, rows: { brewery_id: number; brewery_name: string }[] = [{ brewery_id: id, brewery_name: `Brewery ${id}` }]): Promise<void> {
  const key = `bronze/brewery/year=2026/month=01/day=01/${id}.parquet`;
  await lake.writeBronze(beerLake.tables.find(({ name }) => name === 'brewery')!, key, rows.map((row) => ({ operation: 'load', _commit_time: '2026-01-01T00:00:00Z', _position: `${id}`, ...row })));
  await ports.control.commit([{ insert: createControlRecord({ control_id: `b${id}`, object_key: key, schema_name: 'dm_silver', table_name: 'brewery', file_format: 'parquet', file_size: 1, checksum: `${id}`, compute_target: 'ecs' }, clock.now()) }]);
}

const plan = async (worker = 'execution'): Promise<string> => (await planTable({ layer: 'silver', table: 'brewery', worker, leaseMs }, ports)).plan_key!;
const apply = async (planKey: string): Promise<unknown> => applyPlan(await readPlan(planKey, ports.store), ports);
const failed = { Error: 'States.TaskFailed', Cause: 'the cluster is gone' };

const stored = (query: Parameters<ControlStore['query']>[0]): Promise<ControlRecord[]> => collect(ports.control.query(query));
const statuses = async (): Promise<string[]> => (await stored({ tableName: 'brewery' })).map((record) => record.status);
/** What follows in review_flat, by the bronze object that brought it. */
const following = async (): Promise<string[]> => (await stored({ tableName: 'review_flat' })).map((record) => record.object_key.at(-'.parquet'.length - 1)!).sort();
const snapshots = () => lake.query.session(async (session) => (await lake.tables.open(lakeTables(beerLake).find(({ name }) => name === 'brewery')!, session)).snapshots.length);

describe('settling a run', () => {
  test('that was applied: its records have succeeded and what depends on them is pending', async () => {
    const planKey = await plan();
    await apply(planKey);
    expect(await settleRun({ planKey }, ports)).toEqual({ outcome: 'refined', error: null });
    expect([await statuses(), await following()]).toEqual([['success', 'success', 'success'], ['1', '2', '3']]);
  });

  test('that is said to have failed after its commit: it counts as applied', async () => {
    const planKey = await plan();
    await apply(planKey);
    expect(await settleRun({ planKey, error: failed }, ports)).toEqual({ outcome: 'refined', error: null });
    expect([await statuses(), await following()]).toEqual([['success', 'success', 'success'], ['1', '2', '3']]);
  });

  test('that failed before its commit: its records wait for the next attempt, and after the third are in error', async () => {
    for (const [attempt, outcome] of ['waiting', 'waiting', 'failed'].entries()) {
      const planKey = await plan();
      expect(await settleRun({ planKey, error: failed }, ports)).toEqual({ outcome, error: outcome === 'failed' ? 'States.TaskFailed: the cluster is gone' : null });
      expect((await stored({ tableName: 'brewery' })).map((record) => record.attempt_count)).toEqual([attempt + 1, attempt + 1, attempt + 1]);
      clock.advance(4_000);
    }
    expect([await statuses(), await following()]).toEqual([['error', 'error', 'error'], []]);
  });

  test('that failed for a reason that stays: its records are in error at once, the long cause cut and free of addresses', async () => {
    const planKey = await plan();
    const { outcome, error } = await settleRun({ planKey, error: { Error: 'TerminalError', Cause: `ann@example.org ${'x'.repeat(5_000)}` } }, ports);
    expect([outcome, error!.length <= 2_000, error!.includes('ann@example.org')]).toEqual(['failed', true, false]);
  });

  test('that changed nothing: its records have succeeded and nothing follows', async () => {
    await settleRun({ planKey: await plan() }, ports);
    expect([await statuses(), await following()]).toEqual([['success', 'success', 'success'], []]);
  });

  test('twice, in whatever way, changes nothing more', async () => {
    for (const error of [undefined, failed]) {
      const planKey = await plan();
      if (!error) await apply(planKey);
      const first = await settleRun({ planKey, ...(error && { error }) }, ports);
      const before = await stored({});
      expect(await settleRun({ planKey }, ports)).toEqual(first);
      expect(await settleRun({ planKey, error: failed }, ports)).toEqual(first);
      expect(await stored({})).toEqual(before);
      await arrive(9);
    }
  });

  test('leaves alone what another claimed after the lease ended', async () => {
    const planKey = await plan();
    await apply(planKey);
    const [taken] = await stored({ tableName: 'brewery' });
    clock.advance(leaseMs);
    const next = claim(taken!, 'somebody else', leaseMs, clock.now());
    await ports.control.commit([{ previous: taken!, next }]);
    await settleRun({ planKey, error: failed }, ports);
    expect(await ports.control.get('b1')).toEqual(next);
    expect([await statuses(), await following()]).toEqual([['running', 'success', 'success'], ['2', '3']]);
  });

  test('of a plan that is none is refused with what was expected', async () => {
    await lake.store.write('plans/silver/brewery/x.json', Buffer.from('{"layer":"silver"}'));
    await expect(settleRun({ planKey: 'plans/silver/brewery/x.json' }, ports)).rejects.toThrow(/is no plan .*expected what planTable wrote/s);
  });
});

describe('a crash', () => {
  /** The control store of a process that dies before its n-th commit. */
  const dyingAt = (commits: number): ControlStore => {
    let done = 0;
    return { ...ports.control, commit: (changes) => (done++ === commits ? Promise.reject(new Error('killed')) : ports.control.commit(changes)) };
  };
  const takeUp = async (): Promise<void> => {
    clock.advance(leaseMs);
    const planKey = await plan('the next one').catch(() => undefined);
    if (planKey) await applyPlannedRun({ planKey }, ports).then(() => settleRun({ planKey }, ports));
  };

  test.each(Array.from({ length: records + 1 }, (_, commit) => commit))('while claiming, before commit %d, leaves work that the next one does once', async (commit) => {
    await planTable({ layer: 'silver', table: 'brewery', worker: 'killed', leaseMs }, { ...ports, control: dyingAt(commit) }).catch(() => undefined);
    await takeUp();
    expect([await statuses(), await following(), await snapshots()]).toEqual([['success', 'success', 'success'], ['1', '2', '3'], 1]);
  });

  test.each(Array.from({ length: records + 1 }, (_, commit) => commit))('while settling, before commit %d, leaves a state that the next one completes without applying again', async (commit) => {
    const planKey = await plan();
    await apply(planKey);
    await settleRun({ planKey }, { ...ports, control: dyingAt(commit) }).catch(() => undefined);
    await takeUp();
    expect([await statuses(), await following(), await snapshots()]).toEqual([['success', 'success', 'success'], ['1', '2', '3'], 1]);
  });

  test('between plan and run loses nothing', async () => {
    await plan();
    await takeUp();
    expect([await statuses(), await following(), await snapshots()]).toEqual([['success', 'success', 'success'], ['1', '2', '3'], 1]);
  });

  test('after the commit is settled by the next planning, which gives no engine those records again', async () => {
    await apply(await plan());
    await arrive(4);
    clock.advance(leaseMs);
    expect((await readPlan(await plan('the next one'), ports.store)).records.map((record) => record.control_id)).toEqual(['b4']);
    expect([await statuses(), await following()]).toEqual([['success', 'success', 'success', 'running'], ['1', '2', '3']]);
  });

  test('of a worker whose task is repeated after the commit applies nothing twice', async () => {
    const planKey = await plan();
    await apply(planKey);
    expect(await applyPlannedRun({ planKey }, ports)).toBe('refined');
    expect(await applyPlannedRun({ planKey }, ports)).toBe('idle');
    expect([await statuses(), await following(), await snapshots()]).toEqual([['success', 'success', 'success'], ['1', '2', '3'], 1]);
  });
});

test('a run that is handed back is pending, untried', async () => {
  const planKey = await plan();
  await handBackRun({ planKey }, ports);
  expect((await stored({})).map(({ status, attempt_count }) => [status, attempt_count])).toEqual([['pending', 0], ['pending', 0], ['pending', 0]]);
  expect(await settleRun({ planKey }, ports)).toEqual({ outcome: 'waiting', error: null });
});
