import { describe, expect, test } from '@jest/globals';
import type { MachineRun, RunHistory } from '@data-master/embedded';
import { machines, placeholdersOf, resolvePlaceholders, type JsonValue, type MachineDefinition, type MachineName } from '@data-master/orchestration';
import { TerminalError, TransientError } from '@data-master/ports';
import { createLimiter } from './limiter.ts';
import { bindTasks, executeMachine, type TaskHandler, type TaskHandlers } from './machine-runner.ts';

/** A machine whose placeholders stand for themselves and whose retries do not wait; their intervals are the checker's matter. */
function machineOf(name: MachineName): MachineDefinition {
  const { definition } = machines[name];
  const values = Object.fromEntries(placeholdersOf(definition).map((placeholder) => [placeholder, placeholder]));
  return JSON.parse(JSON.stringify(resolvePlaceholders(definition, values)).replaceAll('"IntervalSeconds":2', '"IntervalSeconds":0')) as MachineDefinition;
}

/** A history that only remembers. */
function memoryHistory(): RunHistory & { runs: Partial<MachineRun>[] } {
  const runs: Partial<MachineRun>[] = [];
  return {
    runs,
    start: async (run) => void runs.push({ ...run, status: 'running' }),
    end: async (_id, status, error) => void Object.assign(runs[0]!, { status, error: error ?? null }),
    abandon: () => Promise.resolve(),
    list: () => Promise.resolve([]),
  };
}

interface Request {
  Payload?: Record<string, unknown>;
  Message?: Record<string, unknown>;
  Overrides?: { ContainerOverrides: { Environment: { Name: string; Value: string }[] }[] };
  JobDriver?: unknown;
}

async function run(machine: MachineName, input: JsonValue, handlers: TaskHandlers, signal?: AbortSignal) {
  const definition = machineOf(machine);
  const history = memoryHistory();
  const result = await executeMachine({ machine, definition, tasks: bindTasks(machine, definition, handlers), executionId: 'execution-1', input, history, signal });
  return { ...result, history: history.runs };
}

const environmentOf = (request: JsonValue): { Name: string; Value: string } => (request as Request).Overrides!.ContainerOverrides[0]!.Environment[0]!;

/** What a planner and its workers are made to do, by table: the engine of each plan in turn, or an error. */
function fakeRefinement(plans: Record<string, (string | Error)[]>, waves: string[][], settle: (planKey: string, error: unknown) => JsonValue = () => ({ outcome: 'refined', error: null }), work: (planKey: string) => Promise<void> = () => Promise.resolve()) {
  const calls: string[] = [];
  const alerts: unknown[] = [];
  const plan = (table: string): JsonValue => {
    const next = plans[table]?.shift() ?? 'none';
    if (next instanceof Error) throw next;
    calls.push(`plan ${table}: ${next}`);
    const key = next === 'duckdb' || next === 'spark' ? `plans/silver/${table}/${plans[table]!.length}.json` : null;
    return { engine: next, layer: 'silver', table, run_id: key, plan_key: key, plan_uri: key && `s3://lake/${key}`, wait_seconds: next === 'wait' ? 1 : 0 };
  };
  const handlers: TaskHandlers = {
    'lambda:invoke RefinementPlannerFunctionArn': async (request) => {
      const payload = (request as Request).Payload!;
      if (payload['operation'] === 'list') return { Payload: { waves } };
      if (payload['operation'] === 'plan') return { Payload: plan(payload['table'] as string) };
      calls.push(`settle ${payload['plan_key'] as string}${payload['error'] ? ` ${JSON.stringify(payload['error'])}` : ''}`);
      return { Payload: settle(payload['plan_key'] as string, payload['error']) };
    },
    'ecs:runTask.sync TaskDefinitionArn': async (request) => {
      const { Name: name, Value: planKey } = environmentOf(request);
      calls.push(`duckdb ${name} ${planKey}`);
      await work(planKey);
      return { Tasks: [{ LastStatus: 'STOPPED' }] };
    },
    'emr-serverless:startJobRun.sync SparkApplicationId': async (request) => {
      calls.push(`spark ${JSON.stringify((request as Request).JobDriver)}`);
      return { JobRunId: '1' };
    },
    'sns:publish AlertsTopicArn': async (request) => {
      alerts.push((request as Request).Message);
      return { MessageId: '1' };
    },
  };
  return { calls, alerts, handlers };
}

describe('the dispatcher of silver', () => {
  const silver = (fake: { handlers: TaskHandlers }, input: JsonValue = {}, signal?: AbortSignal) => run('dm-processing-dispatcher', input, fake.handlers, signal);

  test('refines wave after wave, each table until nothing is left, and keeps its history', async () => {
    const fake = fakeRefinement({ beer: ['duckdb', 'spark'], review_flat: ['duckdb'] }, [['beer', 'profile'], ['review_flat']]);
    const { status, error, history } = await silver(fake);
    expect([status, error]).toEqual(['succeeded', undefined]);
    expect(fake.calls).toEqual([
      'plan beer: duckdb', 'plan profile: none',
      'duckdb DM_PLAN_KEY plans/silver/beer/1.json', 'settle plans/silver/beer/1.json', 'plan beer: spark',
      `spark ${JSON.stringify({ SparkSubmit: {
        EntryPoint: 'SparkEntryPointUri', EntryPointArguments: ['--layer', 'silver', '--table', 'beer', '--plan', 's3://lake/plans/silver/beer/0.json', '--jobs', 'SparkJobsUri'], SparkSubmitParameters: 'SparkSubmitParameters',
      } })}`, 'settle plans/silver/beer/0.json', 'plan beer: none',
      'plan review_flat: duckdb', 'duckdb DM_PLAN_KEY plans/silver/review_flat/0.json', 'settle plans/silver/review_flat/0.json', 'plan review_flat: none',
    ]);
    expect(history).toEqual([{ execution_id: 'execution-1', machine: 'dm-processing-dispatcher', input: '{}', status: 'succeeded', error: null }]);
  });

  test('asks for the tables of its input, and claims for its execution', async () => {
    const asked: unknown[] = [];
    const fake = fakeRefinement({}, [['beer']]);
    const planner = fake.handlers['lambda:invoke RefinementPlannerFunctionArn']!;
    await silver({ handlers: { ...fake.handlers, 'lambda:invoke RefinementPlannerFunctionArn': (request) => {
      asked.push((request as Request).Payload);
      return planner(request);
    } } }, { tables: ['beer'] });
    expect(asked).toEqual([{ operation: 'list', layer: 'silver', input: { tables: ['beer'] } }, { operation: 'plan', layer: 'silver', table: 'beer', worker: 'execution-1' }]);
  });

  test('refines the tables of a wave side by side, four at most', async () => {
    const tables = ['a', 'b', 'c', 'd', 'e', 'f'];
    let [atWork, most] = [0, 0];
    const fourAtWork = Promise.withResolvers<void>();
    const fake = fakeRefinement(Object.fromEntries(tables.map((table) => [table, ['duckdb']])), [tables], undefined, async () => {
      most = Math.max(most, (atWork += 1));
      if (atWork === 4) fourAtWork.resolve();
      await fourAtWork.promise;
      atWork -= 1;
    });
    expect((await silver(fake)).status).toBe('succeeded');
    expect(most).toBe(4);
  });

  test('does a task again that fails for a while, with the same plan', async () => {
    let failures = 2;
    const fake = fakeRefinement({ beer: ['duckdb'] }, [['beer']], undefined, () => (failures-- > 0 ? Promise.reject(new Error('no capacity')) : Promise.resolve()));
    expect((await silver(fake)).status).toBe('succeeded');
    expect(fake.calls.filter((call) => call.startsWith('duckdb'))).toEqual(Array(3).fill('duckdb DM_PLAN_KEY plans/silver/beer/0.json'));
    expect(fake.calls).toContain('settle plans/silver/beer/0.json');
  });

  test('settles a run that failed four times with its error, alerts, does everything else and fails in the end', async () => {
    const fake = fakeRefinement({ beer: ['duckdb', 'duckdb'], profile: ['duckdb'], review_flat: ['duckdb'] }, [['beer', 'profile'], ['review_flat']],
      (_planKey, error) => (error ? { outcome: 'failed', error: 'the disk is full' } : { outcome: 'refined', error: null }),
      (planKey) => (planKey.endsWith('beer/1.json') ? Promise.reject(new TransientError('the disk is full')) : Promise.resolve()));
    const { status, error, history } = await silver(fake);
    expect([status, error]).toEqual(['failed', 'RefinementFailed: some tables failed; dm-alerts and the control records say why']);
    expect(history[0]).toMatchObject({ status: 'failed', error: expect.stringContaining('TransientError: the disk is full') });
    expect(fake.calls.filter((call) => call === 'duckdb DM_PLAN_KEY plans/silver/beer/1.json')).toHaveLength(4);
    expect(fake.calls).toEqual(expect.arrayContaining([
      'settle plans/silver/beer/1.json {"Error":"TransientError","Cause":"the disk is full"}', 'settle plans/silver/beer/0.json', 'settle plans/silver/profile/0.json', 'settle plans/silver/review_flat/0.json',
    ]));
    expect(fake.alerts).toEqual([{ execution: 'execution-1', layer: 'silver', table: 'beer', error: 'the disk is full' }]);
  });

  test('does not alert what waits for another attempt, waits and plans again', async () => {
    const fake = fakeRefinement({ beer: ['spark', 'wait', 'duckdb'] }, [['beer']], (_planKey, error) => ({ outcome: error ? 'waiting' : 'refined', error: null }));
    const startedAt = performance.now();
    const { status } = await silver({ handlers: { ...fake.handlers, 'emr-serverless:startJobRun.sync SparkApplicationId': () => Promise.reject(new TerminalError('no such column')) } });
    expect(status).toBe('succeeded');
    expect(performance.now() - startedAt).toBeGreaterThan(990);
    expect(fake.alerts).toEqual([]);
    expect(fake.calls).toEqual(['plan beer: spark', 'settle plans/silver/beer/2.json {"Error":"TerminalError","Cause":"no such column"}', 'plan beer: wait', 'plan beer: duckdb', 'duckdb DM_PLAN_KEY plans/silver/beer/0.json', 'settle plans/silver/beer/0.json', 'plan beer: none']);
  });

  test('goes on with other tables when one cannot be planned, even when nobody hears the alert', async () => {
    const fake = fakeRefinement({ beer: [new TerminalError('no such table')], profile: ['duckdb'] }, [['beer', 'profile']]);
    const deaf = { ...fake.handlers, 'sns:publish AlertsTopicArn': () => Promise.reject(new Error('no topic')) };
    expect(await silver({ handlers: deaf })).toMatchObject({ status: 'failed' });
    expect(fake.calls).toContain('settle plans/silver/profile/0.json');
  });

  test('fails with an alert when the tables cannot be listed', async () => {
    const fake = fakeRefinement({}, []);
    const { status, error } = await silver({ handlers: { ...fake.handlers, 'lambda:invoke RefinementPlannerFunctionArn': () => Promise.reject(new TerminalError('silver has no table wine')) } });
    expect([status, error]).toEqual(['failed', 'ListingFailed: the planner did not list the tables; dm-alerts says why']);
    expect(fake.alerts).toEqual([{ execution: 'execution-1', layer: 'silver', error: { Error: 'TerminalError', Cause: 'silver has no table wine' } }]);
  });

  test('told to stop, finishes what is under way and begins nothing more', async () => {
    const stop = new AbortController();
    let finished = false;
    const fake = fakeRefinement({ beer: ['duckdb'], profile: ['duckdb'] }, [['beer'], ['profile']], undefined, async () => {
      stop.abort();
      await new Promise((resolve) => setImmediate(resolve));
      finished = true;
    });
    expect((await silver(fake, {}, stop.signal)).status).toBe('aborted');
    expect(finished).toBe(true);
    const calls = [...fake.calls];
    await new Promise((resolve) => setImmediate(resolve));
    expect(fake.calls).toEqual(calls);
    expect(calls).toEqual(['plan beer: duckdb', 'duckdb DM_PLAN_KEY plans/silver/beer/0.json']);
  });

  test('is done when no table is to be refined', async () => {
    expect((await silver(fakeRefinement({}, []))).status).toBe('succeeded');
  });
});

describe('the dispatcher of bronze', () => {
  const small = { control_id: 'small', compute_target: 'lambda' };
  const large = { control_id: 'large', compute_target: 'ecs' };
  const handlersOf = (ingest: (controlId: string, by: string) => Promise<void>, alerts: unknown[] = []): Record<string, TaskHandler> => ({
    'lambda:invoke BronzeIngestorLiteFunctionArn': async (request) => ({ Payload: await ingest((request as Request).Payload!['control_id'] as string, 'function') }),
    'ecs:runTask.sync TaskDefinitionArn': async (request) => ingest(environmentOf(request).Value, `task by ${environmentOf(request).Name}`),
    'sns:publish AlertsTopicArn': async (request) => void alerts.push((request as Request).Message),
  });

  test('gives small objects to a function and large ones to a task', async () => {
    const done: string[] = [];
    const handlers = handlersOf(async (controlId, by) => void done.push(`${controlId} by ${by}`));
    expect((await run('dm-ingestion-dispatcher', [small, large], handlers)).status).toBe('succeeded');
    expect(done.sort()).toEqual(['large by task by DM_CONTROL_ID', 'small by function']);
  });

  test('repeats what passes, never what does not, alerts what failed and ingests the rest', async () => {
    const tried: Record<string, number> = {};
    const alerts: unknown[] = [];
    const handlers = handlersOf(async (controlId) => {
      const tries = (tried[controlId] = (tried[controlId] ?? 0) + 1);
      if (controlId === 'throttled' && tries < 3) throw new TransientError('throttled');
      if (controlId === 'corrupt') throw new TerminalError('no gzip');
      if (controlId === 'unlucky') throw new TransientError('no room');
    }, alerts);
    const records = ['corrupt', 'throttled', 'unlucky', 'fine'].map((control_id) => ({ ...small, control_id }));
    expect(await run('dm-ingestion-dispatcher', records, handlers)).toMatchObject({ status: 'failed', error: expect.stringMatching(/^IngestionFailed/) });
    expect(tried).toEqual({ corrupt: 1, throttled: 3, unlucky: 4, fine: 1 });
    expect(alerts).toEqual(expect.arrayContaining([
      { execution: 'execution-1', control_id: 'corrupt', error: { Error: 'TerminalError', Cause: 'no gzip' } }, { execution: 'execution-1', control_id: 'unlucky', error: { Error: 'TransientError', Cause: 'no room' } },
    ]));
    expect(alerts).toHaveLength(2);
  });

  test('is refused with a task that nothing does', () => {
    const { 'sns:publish AlertsTopicArn': _, ...handlers } = handlersOf(() => Promise.resolve());
    expect(() => bindTasks('dm-ingestion-dispatcher', machineOf('dm-ingestion-dispatcher'), handlers))
      .toThrow('state AlertFailedRecord of dm-ingestion-dispatcher is bound to nothing: sns:publish AlertsTopicArn; expected one of lambda:invoke BronzeIngestorLiteFunctionArn, ecs:runTask.sync TaskDefinitionArn');
  });
});

test('a limiter does no more at once than it is told, in the order of arrival, whatever fails', async () => {
  const limit = createLimiter(2);
  const begun: number[] = [];
  let [atWork, most] = [0, 0];
  const work = (id: number) => limit(async () => {
    begun.push(id);
    most = Math.max(most, (atWork += 1));
    await new Promise((resolve) => setImmediate(resolve));
    atWork -= 1;
    if (id % 3 === 0) throw new Error('failed');
    return id;
  });
  const results = await Promise.allSettled([0, 1, 2, 3, 4, 5].map(work));
  expect([most, begun, results.filter(({ status }) => status === 'rejected').length]).toEqual([2, [0, 1, 2, 3, 4, 5], 2]);
  expect(await work(7)).toBe(7);
});
