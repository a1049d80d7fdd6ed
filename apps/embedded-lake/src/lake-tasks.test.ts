import { describe, expect, test } from '@jest/globals';
import { beerLake } from '@data-master/beer-lake';
import { createControlRecord } from '@data-master/control-records';
import type { Table } from '@data-master/iceberg';
import type { IngestPorts } from '@data-master/ingestion';
import { TerminalError, TransientError, type QueryEngine } from '@data-master/ports';
import { createManualClock, createMemoryControlStore, createMemoryLogger, createMemoryObjectStore, createSequentialIds } from '@data-master/testing';
import { bindMachines } from './lake-tasks.ts';
import { createLimiter } from './limiter.ts';
import { executeMachine } from './machine-runner.ts';
import type { SparkEngine } from './spark-engine.ts';

/** A lake with two pending records of silver.beer; Spark, which would take minutes, is a stand-in that fails for the bad one. */
async function makeLake(failure: (isPart: boolean) => Error) {
  const control = createMemoryControlStore();
  const clock = createManualClock();
  for (const id of ['good', 'bad']) {
    const object = { object_key: `bronze/beer/year=2026/month=01/day=01/${id}.parquet`, schema_name: 'dm_silver', table_name: 'beer', file_format: 'parquet', file_size: 1, checksum: id, compute_target: 'ecs' } as const;
    await control.commit([{ insert: createControlRecord({ control_id: id, ...object }, clock.now()) }]);
  }
  const jobs: string[] = [];
  const repeated = Promise.withResolvers<void>();
  const spark: SparkEngine = {
    name: 'spark',
    run: async ({ layer, table, plan }) => {
      if (jobs.push(`${layer}.${table} ${plan}`) === 2) repeated.resolve();
      throw failure(false);
    },
    apply: async ({ records }) => {
      if (records.some(({ control_id }) => control_id === 'bad')) throw failure(true);
    },
    close: () => Promise.resolve(),
  };
  const query = { session: (work: (engine: QueryEngine) => Promise<unknown>) => work(query) } as unknown as QueryEngine;
  const shared = { model: beerLake, tables: { open: () => Promise.resolve({ snapshots: [] } as unknown as Table) }, query, store: createMemoryObjectStore(), control, clock, logger: createMemoryLogger() };
  const steps: string[] = [];
  const bound = bindMachines({
    ingest: {} as IngestPorts, spark, afterSpark: () => Promise.resolve(), logger: shared.logger, worker: 'test', apply: { ...shared, engine: spark },
    planner: { ...shared, ids: createSequentialIds(), uriOf: (key) => Promise.resolve(`file:///home/dm-datalake/${key}`), engineFor: () => Promise.resolve('spark') },
    limits: { ingest: createLimiter(1), apply: createLimiter(2), spark: createLimiter(1) },
  }, { started: (...step) => void steps.push(`started ${step.join(' ')}`), progressed: () => {}, finished: (stage, table, outcome) => void steps.push(`finished ${stage} ${table} ${outcome}`) });
  const history = { start: () => Promise.resolve(), end: () => Promise.resolve(), abandon: () => Promise.resolve(), list: () => Promise.resolve([]) };
  const run = (signal?: AbortSignal) => executeMachine({ ...bound['dm-processing-dispatcher'], executionId: 'e', input: { tables: ['beer'] }, history, signal });
  return { run, jobs, repeated: repeated.promise, steps, shared };
}

describe('a Spark run of the written plan', () => {
  test('that fails for its data is applied in parts, so that only the record at fault is in error; its plan is gone', async () => {
    const { run, jobs, steps, shared } = await makeLake(() => new TerminalError('no such file'));
    expect((await run()).status).toBe('failed');
    expect(jobs).toEqual(['silver.beer file:///home/dm-datalake/plans/silver/beer/id-1.json']);
    expect(await Promise.all(['good', 'bad'].map(async (id) => (await shared.control.get(id))?.status))).toEqual(['success', 'error']);
    expect(steps).toEqual(['started silver beer', 'finished silver beer failed']);
    expect(shared.logger.entries).toContainEqual({ level: 'error', event: 'alert', fields: { subject: 'dm: a table of silver was not refined as a whole', execution: 'e', layer: 'silver', table: 'beer', error: 'no such file' } });
    expect(await shared.store.head('plans/silver/beer/id-1.json')).toBeUndefined();
  });

  test('that fails for the state of the machine is repeated by the state machine', async () => {
    const { run, jobs, repeated } = await makeLake(() => new TransientError('no memory'));
    const stop = new AbortController();
    const seen = run(stop.signal);
    await repeated;
    stop.abort();
    expect((await seen).status).toBe('aborted');
    expect(new Set(jobs).size).toBe(1);
  });
});
