import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWithMoto, makeLakeResources, openRequestGate, startLambda, type LakeResources, type LambdaProcess } from '@data-master/aws/testing';
import { beerLake } from '@data-master/beer-lake';
import type { ControlRecord } from '@data-master/control-records';
import { registerRawObject, sweepRecords } from '@data-master/ingestion';
import { hmacSha256Hex } from '@data-master/pii-masking';
import { collect, createManualClock, createMemoryLogger } from '@data-master/testing';

const handler = join(import.meta.dirname, 'handler.ts');
const key = new Uint8Array(32).fill(7);
const csv = (name: string): string => `profile_id,profile_name,email,state\n1,${name},${name}@example.com,CA\n2,other,other@example.com,NY\n`;
let arrivals = 0;

await describeWithMoto('the small ingestor', (moto) => {
  let lake: LakeResources;
  let ingestor: LambdaProcess;
  const cleaning: (() => unknown)[] = [];

  beforeAll(async () => {
    lake = await makeLakeResources(moto(), (clean) => cleaning.push(clean), { key });
    ingestor = startLambda(handler, lake.environment);
  });
  afterAll(async () => {
    await ingestor?.close();
    for (const clean of cleaning) await clean();
  });

  const logger = createMemoryLogger();

  /** Puts an object under `raw/profile/` and registers it. */
  async function register(text: string): Promise<ControlRecord> {
    arrivals += 1;
    const objectKey = `raw/profile/dm-batch-process-1-2013-01-01-00-00-0${arrivals}-00000000-0000-4000-8000-00000000000${arrivals}.gz`;
    await lake.stage.write(objectKey, gzipSync(text));
    return (await registerRawObject(objectKey, { model: beerLake, store: lake.stage, control: lake.control, clock: { now: () => new Date() }, logger }))!.record;
  }
  const bronzeKeyOf = ({ object_key: rawKey }: ControlRecord): string => rawKey.replace('raw/profile/', 'bronze/profile/year=2013/month=01/day=01/').replace(/\.gz$/, '.parquet');
  const silverRecords = (record: ControlRecord) => lake.control.byObjectKey(bronzeKeyOf(record));
  const readBronze = async (record: ControlRecord): Promise<Buffer> => Buffer.concat(await collect(lake.datalake.read(bronzeKeyOf(record))));

  it('writes bronze with the personal column masked, and the pending record of silver', async () => {
    const record = await register(csv('jane'));
    expect(await ingestor.invoke({ control_id: record.control_id })).toEqual({ control_id: record.control_id, outcome: 'success' });
    const bronze = await readBronze(record);
    expect(bronze.includes(hmacSha256Hex(key, 'jane@example.com'))).toBe(true);
    expect(bronze.includes('jane@example.com')).toBe(false);
    expect(await silverRecords(record)).toMatchObject([{ schema_name: 'dm_silver', table_name: 'profile', status: 'pending', record_count: 2 }]);
    expect(await lake.control.get(record.control_id)).toMatchObject({ status: 'success', record_count: 2 });
  });

  it('does the work of a record once when two functions are given it at the same time', async () => {
    const record = await register(csv('john'));
    const second = startLambda(handler, lake.environment);
    const answers = await Promise.all([ingestor, second].map((each) => each.invoke({ control_id: record.control_id })));
    await second.close();
    expect(answers.map((answer) => (answer as { outcome: string }).outcome).sort()).toEqual(['skipped', 'success']);
    expect(await lake.control.get(record.control_id)).toMatchObject({ status: 'success', attempt_count: 1 });
    expect(await silverRecords(record)).toHaveLength(1);
  });

  it('ends as undisturbed when a function is killed after its write and before its record', async () => {
    const record = await register(csv('mary'));
    const written = Promise.withResolvers<void>();
    const gate = await openRequestGate(moto().endpoint, ({ headers }) => {
      if (!String(headers['x-amz-target']).endsWith('TransactWriteItems')) return true;
      written.resolve();
      return false;
    });
    const killed = startLambda(handler, { ...lake.environment, AWS_ENDPOINT_URL: gate.endpoint });
    const answer = killed.invoke({ control_id: record.control_id }).catch((error: unknown) => error);
    await written.promise;
    killed.kill('SIGKILL');
    expect(await answer).toBeInstanceOf(Error);
    await killed.close();
    await gate.close();
    const left = await readBronze(record);
    expect(await lake.control.get(record.control_id)).toMatchObject({ status: 'running' });
    expect(await silverRecords(record)).toEqual([]);

    expect(await ingestor.invoke({ control_id: record.control_id })).toMatchObject({ outcome: 'skipped' });
    const afterTheLease = createManualClock(new Date(Date.now() + 10 * 60_000));
    expect(await sweepRecords({ overdueMs: 15 * 60_000 }, { control: lake.control, clock: afterTheLease, logger })).toMatchObject({ abandoned: 1 });
    const swept = await lake.control.get(record.control_id);
    await lake.control.commit([{ previous: swept!, next: { ...swept!, available_at: record.available_at, version: swept!.version + 1 } }]);

    expect(await ingestor.invoke({ control_id: record.control_id })).toMatchObject({ outcome: 'success' });
    expect((await readBronze(record)).equals(left)).toBe(true);
    expect(await silverRecords(record)).toHaveLength(1);
  });

  it('asks for a repetition when a service fails, and for none when the file is at fault', async () => {
    const record = await register(csv('june'));
    const gate = await openRequestGate(moto().endpoint, ({ method, url }) => (method === 'PUT' && url.includes('/bronze/') ? 503 : true));
    const disturbed = startLambda(handler, { ...lake.environment, AWS_ENDPOINT_URL: gate.endpoint, AWS_MAX_ATTEMPTS: '1' });
    await expect(disturbed.invoke({ control_id: record.control_id })).rejects.toMatchObject({ name: 'TransientError' });
    await disturbed.close();
    await gate.close();
    expect(await lake.control.get(record.control_id)).toMatchObject({ status: 'pending', attempt_count: 1 });

    const broken = await register('some,other,columns\n1,2,3\n');
    await expect(ingestor.invoke({ control_id: broken.control_id })).rejects.toMatchObject({ name: 'TerminalError' });
    await expect(ingestor.invoke({ control_id: broken.control_id })).rejects.toMatchObject({ name: 'TerminalError' });
  });
});
