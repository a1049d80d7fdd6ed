import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { GlueClient, GetTableCommand } from '@aws-sdk/client-glue';
import { describeWithMoto, makeLakeResources, openRequestGate, startLambda, startTask, type GatedRequest, type LakeResources, type LambdaProcess } from '@data-master/aws/testing';
import { collect } from '@data-master/testing';

const app = (name: string, file: string): string => join(import.meta.dirname, '..', '..', name, 'src', file);
let arrivals = 0;

await describeWithMoto('the silver worker', (moto) => {
  let lake: LakeResources;
  const functions: Record<string, LambdaProcess> = {};
  const cleaning: (() => unknown)[] = [];

  beforeAll(async () => {
    lake = await makeLakeResources(moto(), (clean) => cleaning.push(clean));
    for (const name of ['processing-controller', 'bronze-ingestor-lite', 'refinement-planner']) functions[name] = startLambda(app(name, 'handler.ts'), lake.environment);
  });
  afterAll(async () => {
    await Promise.all(Object.values(functions).map((each) => each.close()));
    for (const clean of cleaning) await clean();
  });

  const invoke = <Result>(name: string, event: unknown): Promise<Result> => functions[name]!.invoke(event) as Promise<Result>;
  const plan = () => invoke<{ engine: string; plan_key: string }>('refinement-planner', { operation: 'plan', layer: 'silver', table: 'brewery', worker: 'execution-1' });
  const settle = (planKey: string, error?: object) => invoke('refinement-planner', { operation: 'settle', plan_key: planKey, ...(error && { error }) });
  const start = (planKey: string, more = {}) => startTask(app('silver-worker', 'main.ts'), { ...lake.environment, DM_PLAN_KEY: planKey, ...more });

  /** Brings one brewery into bronze, plans silver and gives the plan's key. */
  async function planOne(id: number): Promise<string> {
    arrivals += 1;
    const key = `raw/brewery/dm-batch-process-1-2013-01-01-00-00-0${arrivals}-00000000-0000-4000-8000-00000000000${arrivals}.gz`;
    await lake.stage.write(key, Buffer.from(`brewery_id,brewery_name\n${id},Brewery ${id}\n`));
    const detail = { bucket: { name: lake.environment['DM_STAGE_BUCKET'] }, object: { key } };
    await invoke('bronze-ingestor-lite', await invoke('processing-controller', { source: 'aws.s3', 'detail-type': 'Object Created', detail }));
    const { engine, plan_key: planKey } = await plan();
    expect(engine).toBe('duckdb');
    return planKey;
  }

  /** Snapshots and rows of the table, as its current metadata tells. */
  async function measureTable(): Promise<{ snapshots: number; rows: number }> {
    const glue = new GlueClient({ ...moto().config });
    const { Table } = await glue.send(new GetTableCommand({ DatabaseName: `${lake.environment['DM_DATABASE_PREFIX']}_silver`, Name: 'brewery' }));
    glue.destroy();
    const location = Table?.Parameters?.['metadata_location']?.replace(`s3://${lake.environment['DM_DATALAKE_BUCKET']}/`, '') ?? '';
    const metadata = JSON.parse(gunzipSync(Buffer.concat(await collect(lake.datalake.read(location)))).toString('utf8')) as { snapshots: { summary: Record<string, string> }[] };
    return { snapshots: metadata.snapshots.length, rows: Number(metadata.snapshots.at(-1)?.summary['total-records']) };
  }

  /** Starts the worker behind a gate and waits until it makes a request that is held for ever. */
  async function startHeld(planKey: string, hold: (request: GatedRequest) => boolean) {
    const held = Promise.withResolvers<void>();
    const gate = await openRequestGate(moto().endpoint, (request) => {
      if (!hold(request)) return true;
      held.resolve();
      return false;
    });
    cleaning.push(() => gate.close());
    const task = start(planKey, { AWS_ENDPOINT_URL: gate.endpoint, DM_FINISH_SECONDS: '1' });
    await held.promise;
    return task;
  }

  it('applies a plan once when two workers are given it at the same time', async () => {
    const planKey = await planOne(1);
    const endings = await Promise.all([start(planKey), start(planKey)].map((task) => task.ended));
    expect(endings).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(await settle(planKey)).toEqual({ outcome: 'refined', error: null });
    expect(await measureTable()).toMatchObject({ rows: 1 });
  });

  it('ends as undisturbed when it is killed after its commit and before its records', async () => {
    const planKey = await planOne(2);
    const before = await measureTable();
    let committed = false;
    const task = await startHeld(planKey, ({ headers }) => {
      const target = String(headers['x-amz-target']);
      committed ||= target === 'AWSGlue.UpdateTable';
      return committed && /PutItem|TransactWriteItems/.test(target);
    });
    task.kill('SIGKILL');
    expect(await task.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(await settle(planKey, { Error: 'States.TaskFailed', Cause: 'the task was killed' })).toEqual({ outcome: 'refined', error: null });
    expect(await plan()).toMatchObject({ engine: 'none' });
    expect(await measureTable()).toEqual({ snapshots: before.snapshots + 1, rows: 2 });
  });

  it('hands its plan back at SIGTERM, and the next plan brings the rows', async () => {
    const planKey = await planOne(3);
    const task = await startHeld(planKey, ({ method, url }) => method === 'GET' && url.includes('/bronze/'));
    task.kill('SIGTERM');
    expect(await task.ended).toMatchObject({ code: 143 });
    expect(await settle(planKey, { Error: 'States.TaskFailed', Cause: 'the task was stopped' })).toMatchObject({ outcome: 'waiting' });
    const { plan_key: next } = await plan();
    expect(await start(next).ended).toMatchObject({ code: 0 });
    expect(await settle(next)).toEqual({ outcome: 'refined', error: null });
    expect(await measureTable()).toMatchObject({ rows: 3 });
  });
});
