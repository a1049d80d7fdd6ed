import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { collect } from '@data-master/testing';
import { liteRecordLimit, registerRawObject } from './index.ts';
import { createMemoryLake } from './testing/memory-lake.ts';

const csv = 'brewery_id,brewery_name\n1,First\n2,Second\n';
const lines = (count: number): string => `brewery_id,brewery_name\n${'1,Some Brewery of a usual name\n'.repeat(count)}`;

describe('registering a raw object', () => {
  test('fifty deliveries at once make one record and one event', async () => {
    const lake = createMemoryLake();
    await lake.put('raw/brewery/a.csv', csv);
    const registrations = await Promise.all(Array.from({ length: 50 }, () => registerRawObject('raw/brewery/a.csv', lake.ports)));
    expect(new Set(registrations.map((registration) => registration?.record.control_id)).size).toBe(1);
    expect(await collect(lake.control.query({}))).toHaveLength(1);
    expect(await lake.outbox.pending(100)).toHaveLength(1);
  });

  test('a record says what the object is', async () => {
    const record = await createMemoryLake().register('raw/brewery/a.csv', csv);
    expect(record).toMatchObject({
      object_key: 'raw/brewery/a.csv', schema_name: 'dm_bronze', table_name: 'brewery', status: 'pending', file_format: 'csv', file_size: csv.length,
      record_count: 2, compute_target: 'lambda', attempt_count: 0,
    });
    expect(record.checksum).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    ['CSV', csv, 'csv', 2],
    ['CSV without a last line end', csv.trimEnd(), 'csv', 2],
    ['gzip of CSV', gzipSync(csv), 'csv', 2],
    ['zstd of CSV', zstdCompressSync(csv), 'csv', 2],
    ['NDJSON', '{"brewery_id":1}\n{"brewery_id":2}\n', 'json', 2],
    ['NDJSON after a byte order mark', '\uFEFF{"brewery_id":1}\n', 'json', 1],
    ['nothing', '', 'csv', 0],
    ['a gzip that is cut', gzipSync(csv).subarray(0, 20), 'csv', undefined],
    ['bytes that only begin like gzip', Uint8Array.of(0x1f, 0x8b, 1, 2, 3), 'csv', 0],
  ])('the format of %s is told from its content, whatever its name', async (_name, content, format, count) => {
    const record = await createMemoryLake().register('raw/brewery/a.txt', content);
    expect(record).toMatchObject({ file_format: format, status: 'pending', ...(count !== undefined && { record_count: count }) });
  });

  test.each([
    ['up to the limit', liteRecordLimit, 'lambda'],
    ['above the limit', liteRecordLimit + liteRecordLimit / 20, 'ecs'],
  ])('an object of records %s is for its worker, reckoned from its first bytes', async (_name, count, target) => {
    expect(await createMemoryLake().register('raw/brewery/a.csv', lines(count))).toMatchObject({ compute_target: target });
  });

  test('the same content under another key of the table is a duplicate of the first', async () => {
    const lake = createMemoryLake();
    const first = await lake.register('raw/brewery/a.csv', csv);
    const second = await lake.register('raw/brewery/b.csv', csv);
    expect(second).toMatchObject({ status: 'success', duplicate_of: first.control_id });
    expect(await lake.register('raw/brewery/c.csv', csv)).toMatchObject({ duplicate_of: first.control_id });
    expect(await lake.outbox.pending(100)).toHaveLength(1);
  });

  test('the same content in another table is no duplicate', async () => {
    const lake = createMemoryLake();
    await lake.register('raw/brewery/a.csv', csv);
    expect(await lake.register('raw/beer/a.csv', csv)).toMatchObject({ status: 'pending', duplicate_of: null });
  });

  test('content whose first taking failed is taken anew', async () => {
    const lake = createMemoryLake();
    const first = await lake.register('raw/brewery/a.csv', 'no,header\n');
    expect(await lake.ingest(first.control_id)).toBe('failed');
    expect(await lake.register('raw/brewery/b.csv', 'no,header\n')).toMatchObject({ status: 'pending', duplicate_of: null });
  });

  test('new content under a known key is new work', async () => {
    const lake = createMemoryLake();
    const first = await lake.register('raw/brewery/a.csv', csv);
    const second = await lake.register('raw/brewery/a.csv', `${csv}3,Third\n`);
    expect(second).toMatchObject({ status: 'pending', duplicate_of: null });
    expect(second.control_id).not.toBe(first.control_id);
  });

  test.each([
    ['a file beside the tables', 'raw/brewery.csv', 'unknown', /raw\/brewery\.csv has an unknown shape; expected raw\/<table>\/<file>/],
    ['a name that no table can have', 'raw/Brewery/a.csv', 'unknown', /raw\/Brewery\/a\.csv has an unknown shape; expected raw\/<table>\/<file>/],
    ['a table that no contract knows', 'raw/wine/a.csv', 'wine', /table wine is in no contract; expected one of brewery, beer, profile, review, openbrewery, review_posted/],
  ])('%s is recorded as an error that says what was expected, and starts nothing', async (_name, key, table, message) => {
    const lake = createMemoryLake();
    expect(await lake.register(key, csv)).toMatchObject({ status: 'error', table_name: table, error_message: expect.stringMatching(message) as unknown });
    expect(await lake.outbox.pending(100)).toEqual([]);
  });

  test('an object that is gone leaves no record, only a line in the log', async () => {
    const lake = createMemoryLake();
    expect(await registerRawObject('raw/brewery/a.csv', lake.ports)).toBeUndefined();
    expect(lake.logger.entries).toEqual([{ level: 'warn', event: 'raw.gone', fields: { object_key: 'raw/brewery/a.csv' } }]);
  });
});
