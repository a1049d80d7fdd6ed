import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { claim } from '@data-master/control-records';
import { describeWithMoto, makeLakeResources, startLambda, type LakeResources, type LambdaProcess } from '@data-master/aws/testing';

const handler = join(import.meta.dirname, 'handler.ts');
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, '../testdata/object-created.json'), 'utf8')) as { detail: { bucket: object; object: { key: string } } };
const rawKey = (table: string, arrival: number): string => `raw/${table}/dm-batch-process-1-2013-01-01-00-0${arrival}-00-00000000-0000-4000-8000-00000000000${arrival}.gz`;

await describeWithMoto('the processing controller', (moto) => {
  let lake: LakeResources;
  let controller: LambdaProcess;
  const cleaning: (() => unknown)[] = [];

  beforeAll(async () => {
    lake = await makeLakeResources(moto(), (clean) => cleaning.push(clean));
    controller = startLambda(handler, lake.environment);
  });
  afterAll(async () => {
    await controller?.close();
    for (const clean of cleaning) await clean();
  });

  const put = (key: string, text = 'brewery_id,brewery_name\n1,One\n') => lake.stage.write(key, Buffer.from(text));
  const created = (key: string, bucket = lake.environment['DM_STAGE_BUCKET']) => ({ ...recorded, detail: { ...recorded.detail, bucket: { name: bucket }, object: { ...recorded.detail.object, key } } });

  it('registers a created object once, however often its event comes', async () => {
    await put(recorded.detail.object.key);
    const first = await controller.invoke(created(recorded.detail.object.key));
    expect(first).toEqual({ control_id: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown, status: 'pending', created: true });
    expect(await controller.invoke(created(recorded.detail.object.key))).toEqual({ ...(first as object), created: false });
    expect(await lake.control.byObjectKey(recorded.detail.object.key)).toMatchObject([{ schema_name: 'dm_bronze', table_name: 'brewery', compute_target: 'lambda', version: 0 }]);
  });

  it('gives each of two functions that meet the same event the same record', async () => {
    const second = startLambda(handler, lake.environment);
    const key = rawKey('beer', 2);
    await put(key, 'beer_id,brewery_id,beer_name,beer_style,beer_abv\n1,1,One,Stout,5\n');
    const answers = await Promise.all([controller.invoke(created(key)), second.invoke(created(key))]);
    await second.close();
    expect(new Set(answers.map((answer) => (answer as { control_id: string }).control_id)).size).toBe(1);
    expect(await lake.control.byObjectKey(key)).toHaveLength(1);
  });

  it('takes events in any order: that of an object that was replaced, and of one that is gone', async () => {
    const key = rawKey('profile', 3);
    await put(key, 'profile_id,profile_name,email,state\n1,a,a@example.com,CA\n');
    const earlier = created(key);
    await put(key, 'profile_id,profile_name,email,state\n1,b,b@example.com,CA\n');
    await controller.invoke(created(key));
    await controller.invoke(earlier);
    expect(await lake.control.byObjectKey(key)).toHaveLength(1);
    await lake.stage.remove(key);
    expect(await controller.invoke(created(key))).toEqual({ control_id: null, status: null, created: false });
  });

  it('records an object of an unknown table as an error that is never dispatched', async () => {
    await put(rawKey('wine', 4), 'wine_id\n1\n');
    expect(await controller.invoke(created(rawKey('wine', 4)))).toMatchObject({ status: 'error' });
  });

  it('sweeps: a record whose worker ended is pending again', async () => {
    const [record] = await lake.control.byObjectKey(recorded.detail.object.key);
    const held = claim(record!, 'a worker that ended', 0, new Date());
    expect(await lake.control.commit([{ previous: record!, next: held }])).toBe(true);
    expect(await controller.invoke({ action: 'sweep' })).toMatchObject({ abandoned: 1 });
    expect(await lake.control.get(record!.control_id)).toMatchObject({ status: 'pending', attempt_count: 1 });
  });

  it('refuses what is no event of its bucket, so that it ends among the dead letters with its reason', async () => {
    await expect(controller.invoke({ Records: [{ s3: {} }] })).rejects.toMatchObject({ name: 'TerminalError', message: expect.stringMatching(/^event is not understood .*"aws.s3".*"sweep"/) as unknown });
    await expect(controller.invoke(created('raw/beer/a.csv', 'another-bucket'))).rejects.toMatchObject({ name: 'TerminalError', message: expect.stringContaining('event of bucket another-bucket; expected dm-stage') as unknown });
  });

  it('does not start without its configuration, and names what is missing', async () => {
    const { DM_CONTROL_TABLE: _left, ...environment } = lake.environment;
    const broken = startLambda(handler, environment);
    await expect(broken.invoke({ action: 'sweep' })).rejects.toThrow(/ended with code 1 .*\n(.*\n)*- DM_CONTROL_TABLE is not set/);
    await broken.close();
  });
});
