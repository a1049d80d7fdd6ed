import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWithMoto, makeLakeResources, openRequestGate, startTask, type LakeResources } from '@data-master/aws/testing';
import { beerLake } from '@data-master/beer-lake';
import type { ControlRecord } from '@data-master/control-records';
import { registerRawObject } from '@data-master/ingestion';
import { createMemoryLogger } from '@data-master/testing';

const main = join(import.meta.dirname, 'main.ts');
let arrivals = 0;

await describeWithMoto('the bronze worker', (moto) => {
  let lake: LakeResources;
  const cleaning: (() => unknown)[] = [];

  beforeAll(async () => {
    lake = await makeLakeResources(moto(), (clean) => cleaning.push(clean));
  });
  afterAll(async () => {
    for (const clean of cleaning) await clean();
  });

  async function register(text: string): Promise<ControlRecord> {
    arrivals += 1;
    const objectKey = `raw/brewery/dm-batch-process-1-2013-01-01-00-00-0${arrivals}-00000000-0000-4000-8000-00000000000${arrivals}.gz`;
    await lake.stage.write(objectKey, gzipSync(text));
    const ports = { model: beerLake, store: lake.stage, control: lake.control, clock: { now: () => new Date() }, logger: createMemoryLogger() };
    return (await registerRawObject(objectKey, ports))!.record;
  }
  const start = ({ control_id: DM_CONTROL_ID }: ControlRecord, more = {}) => startTask(main, { ...lake.environment, DM_CONTROL_ID, ...more });
  const statusOf = async ({ control_id: id }: ControlRecord) => (await lake.control.get(id))?.status;

  it('takes its record into bronze and ends with 0; another task for it finds nothing to do', async () => {
    const record = await register('brewery_id,brewery_name\n1,One\n2,Two\n');
    for (const outcome of ['success', 'skipped']) {
      const task = start(record);
      expect(await task.ended).toMatchObject({ code: 0 });
      expect(task.logs.at(-1)).toMatchObject({ event: 'task.done', outcome, control_id: record.control_id });
    }
    expect(await lake.control.get(record.control_id)).toMatchObject({ status: 'success', record_count: 2, attempt_count: 1 });
  });

  it('ends with 1 when the file is at fault, at every attempt, so that the machine alerts', async () => {
    const record = await register('some,other,columns\n1,2,3\n');
    for (let attempt = 0; attempt < 2; attempt += 1) expect(await start(record).ended).toMatchObject({ code: 1 });
    expect(await statusOf(record)).toBe('error');
  });

  it('hands its record back at SIGTERM within the grace period, untried, and another worker takes it', async () => {
    const record = await register('brewery_id,brewery_name\n3,Three\n');
    const reading = Promise.withResolvers<void>();
    const gate = await openRequestGate(moto().endpoint, ({ method, url }) => {
      if (method !== 'GET' || !url.includes('/raw/brewery/')) return true;
      reading.resolve();
      return false;
    });
    const task = start(record, { AWS_ENDPOINT_URL: gate.endpoint, DM_FINISH_SECONDS: '1' });
    await reading.promise;
    expect(await statusOf(record)).toBe('running');
    const stoppedAt = Date.now();
    task.kill('SIGTERM');
    expect(await task.ended).toMatchObject({ code: 143 });
    expect(Date.now() - stoppedAt).toBeLessThan(10_000);
    await gate.close();
    expect(await lake.control.get(record.control_id)).toMatchObject({ status: 'pending', attempt_count: 0, lease_owner: null });
    expect(await start(record).ended).toMatchObject({ code: 0 });
    expect(await statusOf(record)).toBe('success');
  });

  it('comes to its end at SIGTERM when that is near', async () => {
    const record = await register('brewery_id,brewery_name\n4,Four\n');
    const task = start(record);
    await task.logged(({ event }) => event === 'task.started');
    task.kill('SIGTERM');
    expect(await task.ended).toMatchObject({ code: 0 });
    expect(await statusOf(record)).toBe('success');
  });

  it('does not start without its configuration', async () => {
    expect(await startTask(main, {}).ended).toMatchObject({ code: 1, said: expect.stringContaining('- DM_CONTROL_ID is not set') as unknown });
  });
});
