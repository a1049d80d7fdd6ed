import { describe, expect, test } from '@jest/globals';
import { maxAttempts, retry } from '@data-master/control-records';
import { TerminalError, TransientError } from '@data-master/ports';
import { collect } from '@data-master/testing';
import { handBackRecord, ingestLeaseMs, ingestRawObject } from './index.ts';
import { createMemoryLake, engineOf } from './testing/memory-lake.ts';

const key = 'raw/brewery/dm-batch-process-1-2013-01-01-00-01-00-00000000-0000-4000-8000-000000000001.gz';
const bronzeKey = 'bronze/brewery/year=2013/month=01/day=01/dm-batch-process-1-2013-01-01-00-01-00-00000000-0000-4000-8000-000000000001.parquet';
const csv = 'brewery_id,brewery_name\n1,First\n2,Second\n';
const nothing = { accepted: 0, rejected: 0, unknown: {} };

async function keysUnder(lake: ReturnType<typeof createMemoryLake>, prefix: string): Promise<string[]> {
  return (await collect(lake.store.list(prefix))).map((object) => object.key);
}

describe('ingesting a raw object', () => {
  test('gives one bronze object, a successful record and a pending one for silver', async () => {
    const lake = createMemoryLake();
    const { control_id: id } = await lake.register(key, csv);
    expect(await lake.ingest(id)).toBe('success');
    expect(await keysUnder(lake, 'bronze/')).toEqual([bronzeKey]);
    expect(await lake.control.get(id)).toMatchObject({ status: 'success', record_count: 2, rejected_count: 0, lease_owner: null, attempt_count: 1 });
    expect(await collect(lake.control.query({ schemaName: 'dm_silver' }))).toMatchObject([{ object_key: bronzeKey, table_name: 'brewery', status: 'pending', record_count: 2, file_format: 'parquet' }]);
  });

  test('twice changes nothing', async () => {
    const lake = createMemoryLake();
    const { control_id: id } = await lake.register(key, csv);
    await lake.ingest(id);
    const records = await collect(lake.control.query({}));
    expect(await lake.ingest(id)).toBe('skipped');
    expect(await collect(lake.control.query({}))).toEqual(records);
  });

  test('by two workers at once is done by one', async () => {
    const lake = createMemoryLake();
    const { control_id: id } = await lake.register(key, csv);
    expect((await Promise.all([lake.ingest(id, undefined, 'a'), lake.ingest(id, undefined, 'b')])).sort()).toEqual(['skipped', 'success']);
  });

  test('of rows that all are unfit ends well, with quarantine and nothing for silver', async () => {
    const lake = createMemoryLake();
    const { control_id: id } = await lake.register(key, 'brewery_id,brewery_name\none,First\n');
    expect(await lake.ingest(id)).toBe('success');
    expect(await lake.control.get(id)).toMatchObject({ status: 'success', record_count: 0, rejected_count: 1 });
    expect(await keysUnder(lake, 'quarantine/')).toHaveLength(1);
    expect(await collect(lake.control.query({ schemaName: 'dm_silver' }))).toEqual([]);
  });

  test('that cannot be read is an error at once, with a message free of addresses', async () => {
    const lake = createMemoryLake();
    const { control_id: id } = await lake.register(key, csv);
    expect(await lake.ingest(id, engineOf(async () => { throw new TerminalError('saw ann@example.com; expected none'); }))).toBe('failed');
    expect(await lake.control.get(id)).toMatchObject({ status: 'error', attempt_count: 1, error_message: 'saw <email>; expected none' });
    expect(JSON.stringify(lake.logger.entries)).not.toContain('ann@example.com');
  });

  test.each([
    ['an error that may pass', new TransientError('disk full; expected room; free some')],
    ['an error of no known kind', new Error('something else')],
  ])('after %s waits longer each time and gives up in the end', async (_name, error) => {
    const lake = createMemoryLake();
    const { control_id: id } = await lake.register(key, csv);
    const waitsMs: number[] = [];
    for (let attempt = 1; attempt < maxAttempts; attempt += 1) {
      await lake.ingest(id, engineOf(async () => { throw error; }));
      const record = (await lake.control.get(id))!;
      expect(record).toMatchObject({ status: 'pending', attempt_count: attempt, error_message: error.message });
      expect(await lake.ingest(id)).toBe('skipped');
      waitsMs.push(Date.parse(record.available_at) - lake.clock.now().getTime());
      lake.clock.advance(waitsMs.at(-1)!);
    }
    expect(waitsMs).toEqual([2_000, 4_000]);
    await lake.ingest(id, engineOf(async () => { throw error; }));
    expect(await lake.control.get(id)).toMatchObject({ status: 'error', attempt_count: maxAttempts });
  });

  test('whose worker vanished is taken over when the lease ends, and the late worker changes nothing', async () => {
    const lake = createMemoryLake();
    const { control_id: id } = await lake.register(key, csv);
    const slow = Promise.withResolvers<void>();
    const late = lake.ingest(id, engineOf(async (command) => {
      await slow.promise;
      return lake.engine.convert(command);
    }), 'late');
    expect(await lake.ingest(id, undefined, 'next')).toBe('skipped');
    lake.clock.advance(ingestLeaseMs);
    expect(await lake.ingest(id, undefined, 'next')).toBe('success');
    const records = await collect(lake.control.query({}));
    slow.resolve();
    expect(await late).toBe('skipped');
    expect(await collect(lake.control.query({}))).toEqual(records);
    expect(lake.logger.entries.map((entry) => entry.event)).toContain('bronze.lease_lost');
  });

  test('keeps its lease while it goes on', async () => {
    const lake = createMemoryLake();
    const { control_id: id } = await lake.register(key, csv);
    const outcome = await lake.ingest(id, engineOf(async ({ onProgress }) => {
      for (let step = 0; step < 4; step += 1) {
        lake.clock.advance(ingestLeaseMs * 0.6);
        onProgress?.(step);
        await Promise.resolve();
        expect(await lake.ingest(id, undefined, 'other')).toBe('skipped');
      }
      return nothing;
    }));
    expect(outcome).toBe('success');
  });

  test('tells how much it has read', async () => {
    const lake = createMemoryLake();
    const { control_id: id } = await lake.register(key, csv);
    const told: number[][] = [];
    await ingestRawObject({ controlId: id, worker: 'worker', onProgress: (...progress) => void told.push(progress) }, lake.ports);
    expect(told.at(-1)).toEqual([csv.length, csv.length]);
  });

  test('that is handed back is as it was', async () => {
    const lake = createMemoryLake();
    const { control_id: id } = await lake.register(key, csv);
    await lake.ingest(id, engineOf(async () => {
      await handBackRecord(id, 'somebody else', lake.ports);
      expect(await lake.control.get(id)).toMatchObject({ status: 'running' });
      await handBackRecord(id, 'worker', lake.ports);
      return nothing;
    }));
    expect(await lake.control.get(id)).toMatchObject({ status: 'pending', attempt_count: 0, lease_owner: null });
  });

  test('that was removed says so, and succeeds once it is put back and tried again', async () => {
    const lake = createMemoryLake();
    const { control_id: id } = await lake.register(key, csv);
    await lake.store.remove(key);
    expect(await lake.ingest(id)).toBe('failed');
    const failed = (await lake.control.get(id))!;
    expect(failed).toMatchObject({ status: 'error', error_message: `raw object ${key} is gone; expected ${csv.length} bytes under this key; put it back, then retry` });
    await lake.put(key, csv);
    await lake.control.commit([{ previous: failed, next: retry(failed, lake.clock.now()) }]);
    expect(await lake.ingest(id)).toBe('success');
    expect(await lake.control.get(id)).toMatchObject({ status: 'success', error_message: null, duplicate_of: null });
  });
});

describe('an object whose content is replaced', () => {
  test('before it was ingested is taken once, as what it is now', async () => {
    const lake = createMemoryLake();
    const old = await lake.register(key, csv);
    lake.clock.advance(1);
    await lake.put(key, `${csv}3,Third\n`);
    expect(await lake.ingest(old.control_id)).toBe('success');
    const [current] = await collect(lake.control.query({ status: 'pending' }));
    expect(await lake.control.get(old.control_id)).toMatchObject({ status: 'success', record_count: 0, duplicate_of: current!.control_id });
    expect(await lake.ingest(current!.control_id)).toBe('success');
    expect(await collect(lake.control.query({ schemaName: 'dm_silver' }))).toMatchObject([{ record_count: 3 }]);
  });

  test('after it was ingested gives a second bronze object beside the first', async () => {
    const lake = createMemoryLake();
    const old = await lake.register(key, csv);
    await lake.ingest(old.control_id);
    const current = await lake.register(key, `${csv}3,Third\n`);
    expect(await lake.ingest(current.control_id)).toBe('success');
    expect(await keysUnder(lake, 'bronze/')).toEqual([bronzeKey.replace('.parquet', `-${current.checksum.slice(0, 8)}.parquet`), bronzeKey]);
  });

  test('after an error makes the failed record good when that is tried again', async () => {
    const lake = createMemoryLake();
    const bad = await lake.register(key, 'wrong,header\n1,First\n');
    expect(await lake.ingest(bad.control_id)).toBe('failed');
    lake.clock.advance(1);
    await lake.put(key, csv);
    const failed = (await lake.control.get(bad.control_id))!;
    await lake.control.commit([{ previous: failed, next: retry(failed, lake.clock.now()) }]);
    expect(await lake.ingest(bad.control_id)).toBe('success');
    const pending = await collect(lake.control.query({ status: 'pending' }));
    for (const { control_id: id } of pending) expect(await lake.ingest(id)).toBe('success');
    expect(await collect(lake.control.query({ schemaName: 'dm_silver' }))).toMatchObject([{ record_count: 2 }]);
  });

  test('by the same bytes, written anew, is ingested as ever', async () => {
    const lake = createMemoryLake();
    const { control_id: id } = await lake.register(key, csv);
    lake.clock.advance(1);
    await lake.put(key, csv);
    expect(await lake.ingest(id)).toBe('success');
    expect(await lake.control.get(id)).toMatchObject({ record_count: 2, duplicate_of: null });
  });
});
