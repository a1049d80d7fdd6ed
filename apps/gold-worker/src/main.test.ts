import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWithMoto, makeLakeResources, openRequestGate, startLambda, startTask, type LakeResources, type LambdaProcess } from '@data-master/aws/testing';
import { createControlRecord, type ControlRecord } from '@data-master/control-records';

const main = join(import.meta.dirname, 'main.ts');

await describeWithMoto('the gold worker', (moto) => {
  let lake: LakeResources;
  let planner: LambdaProcess;
  let record: ControlRecord;
  const cleaning: (() => unknown)[] = [];

  beforeAll(async () => {
    lake = await makeLakeResources(moto(), (clean) => cleaning.push(clean));
    planner = startLambda(join(import.meta.dirname, '../../refinement-planner/src/handler.ts'), lake.environment);
    const settings = { control_id: 'gold-1', object_key: 'silver/review_flat/snapshots/1', schema_name: 'dm_gold', table_name: 'top_drinkers', file_format: 'iceberg', file_size: 1, checksum: 'c', compute_target: 'ecs' } as const;
    record = createControlRecord({ ...settings, affected_partitions: [{ review_year: 2012, review_month: 5 }] }, new Date());
    await lake.control.commit([{ insert: record }]);
  });
  afterAll(async () => {
    await planner?.close();
    for (const clean of cleaning) await clean();
  });

  const plan = () => planner.invoke({ operation: 'plan', layer: 'gold', table: 'top_drinkers', worker: 'execution-1' }) as Promise<{ engine: string; plan_key: string }>;

  it('hands its plan back at SIGTERM, untried, and the next plan is applied', async () => {
    const working = Promise.withResolvers<void>();
    const gate = await openRequestGate(moto().endpoint, ({ headers }) => {
      if (!String(headers['x-amz-target']).startsWith('AWSGlue.')) return true;
      working.resolve();
      return false;
    });
    const { plan_key: stopped } = await plan();
    const task = startTask(main, { ...lake.environment, AWS_ENDPOINT_URL: gate.endpoint, DM_PLAN_KEY: stopped, DM_FINISH_SECONDS: '1' });
    await working.promise;
    task.kill('SIGTERM');
    expect(await task.ended).toMatchObject({ code: 143 });
    await gate.close();
    expect(await lake.control.get(record.control_id)).toMatchObject({ status: 'pending', attempt_count: 0 });

    const { plan_key: next } = await plan();
    for (const [planKey, outcome] of [[next, 'refined'], [next, 'idle'], [stopped, 'idle']] as const) {
      const again = startTask(main, { ...lake.environment, DM_PLAN_KEY: planKey });
      expect(await again.ended).toMatchObject({ code: 0, said: '' });
      expect(again.logs.at(-1)).toMatchObject({ event: 'task.done', outcome });
    }
    expect(await planner.invoke({ operation: 'settle', plan_key: next })).toEqual({ outcome: 'refined', error: null });
    expect(await plan()).toMatchObject({ engine: 'none' });
  });

  it('ends with 1 when there is no such plan', async () => {
    expect(await startTask(main, { ...lake.environment, DM_PLAN_KEY: 'plans/gold/top_drinkers/none.json' }).ended).toMatchObject({ code: 1 });
  });
});
