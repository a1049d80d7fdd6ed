import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { baseName, bronzeKeyOf, formatBronzeKey, formatExtractionKey, formatRawKey, formatSnapshotKey, parseBronzeKey, parseExtractionKey, parseRawKey, parseSnapshotKey, quarantineKeyOf } from './index.ts';

const table = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/);
const second = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => new Date(Math.floor(date.getTime() / 1_000) * 1_000));

describe('raw keys', () => {
  test('the documented names say table, way, time and identifier', () => {
    expect(parseRawKey('raw/review/dm-batch-process-1-2025-03-01-06-07-08-0b5f1d5e-7c0a-4a55-9d6e-0123456789ab.gz')).toEqual({
      table: 'review', way: 'batch', prefix: 'dm', at: new Date('2025-03-01T06:07:08Z'), uuid: '0b5f1d5e-7c0a-4a55-9d6e-0123456789ab',
    });
    expect(parseRawKey('raw/beer/dm-firehose-stream-1-2025-03-01-06-07-08-0b5f1d5e-7c0a-4a55-9d6e-0123456789ab.gz')).toMatchObject({ way: 'stream' });
    expect(parseRawKey('raw/beer/dm-event-batch-1-2025-03-01-06-07-08-0b5f1d5e-7c0a-4a55-9d6e-0123456789ab.avro')).toMatchObject({ way: 'events' });
  });

  test.each(['raw/beer/export.csv.gz', 'raw/beer/2025/march.ndjson', 'raw/beer/dm-batch-process-1-2025-02-30-00-00-00-0b5f1d5e-7c0a-4a55-9d6e-0123456789ab.gz'])(
    'another name under a table is taken as it is: %s', (key) => {
      expect(parseRawKey(key)).toMatchObject({ table: 'beer', way: 'other' });
    });

  test.each(['', 'raw/', 'raw/beer', 'raw/beer/', 'raw//x.gz', 'beer/x.gz', 'raw/Beer/x.gz', 'bronze/beer/x.gz'])('no raw key: %j', (key) => {
    expect(parseRawKey(key)).toBeUndefined();
  });

  test('format and parse are inverse', () => {
    const named = fc.record({ table, way: fc.constantFrom('batch' as const, 'stream' as const, 'events' as const), prefix: fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/), at: second, uuid: fc.uuid() });
    fc.assert(fc.property(named, (key) => { expect(parseRawKey(formatRawKey(key))).toEqual(key); }));
    fc.assert(fc.property(table, fc.string({ minLength: 1 }).filter((name) => !name.startsWith('/')), (name, fileName) => {
      const key = `raw/${name}/${fileName}`;
      expect(formatRawKey(parseRawKey(key)!)).toBe(key);
    }));
  });
});

describe('bronze keys', () => {
  test('a raw object keeps its name, under the day of its arrival in UTC', () => {
    expect(bronzeKeyOf('beer', 'export.csv.gz', new Date('2025-03-01T23:59:59Z'))).toBe('bronze/beer/year=2025/month=03/day=01/export.parquet');
    expect(bronzeKeyOf('beer', 'export.csv.gz', new Date('2025-03-01T23:59:59Z'), 'abc')).toBe('bronze/beer/year=2025/month=03/day=01/export-abc.parquet');
    expect(quarantineKeyOf('beer', 'export.ndjson')).toBe('quarantine/beer/export.ndjson');
  });

  test('format and parse are inverse', () => {
    const key = fc.record({ table, year: fc.integer({ min: 1, max: 9999 }), month: fc.integer({ min: 1, max: 12 }), day: fc.integer({ min: 1, max: 31 }), base: fc.string({ minLength: 1 }) });
    fc.assert(fc.property(key, (each) => { expect(parseBronzeKey(formatBronzeKey(each))).toEqual(each); }));
  });

  test.each([['a.csv.gz', 'a'], ['a.b.json', 'a.b'], ['a.csv.zst', 'a'], ['a.xlsx', 'a'], ['access.log.zip', 'access'], ['a.avro', 'a'], ['.gz', '.gz'], ['plain', 'plain']])('the base of %s is %s', (name, base) => {
    expect(baseName(name)).toBe(base);
  });
});

test('snapshot keys parse to what they were made of', () => {
  fc.assert(fc.property(fc.constantFrom('silver' as const, 'gold' as const), table, fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (layer, name, snapshotId) => {
    expect(parseSnapshotKey(formatSnapshotKey(layer, name, snapshotId))).toEqual({ layer, table: name, snapshotId });
  }));
  expect(parseSnapshotKey('bronze/beer/x')).toBeUndefined();
});

describe('keys of an extraction', () => {
  test('format and parse are inverse', () => {
    const run = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/);
    const paged = fc.record({ part: fc.constantFrom('page' as const, 'progress' as const), api: table, run, page: fc.integer({ min: 0, max: 99_999 }) });
    const manifest = fc.record({ part: fc.constant('manifest' as const), api: table, run });
    fc.assert(fc.property(fc.oneof(paged, manifest), (key) => { expect(parseExtractionKey(formatExtractionKey(key))).toEqual(key); }));
  });

  test.each(['bronze/beer/year=2025/month=03/day=01/export.parquet', 'bronze/a/extraction=r/page-1.json', 'bronze/a/manifests/.json', 'bronze/a/manifests/x/y.json', 'raw/a/manifests/r.json'])(
    'no key of an extraction: %s', (key) => {
      expect(parseExtractionKey(key)).toBeUndefined();
    });
});
