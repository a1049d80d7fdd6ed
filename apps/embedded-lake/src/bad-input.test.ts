import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ControlRecord } from '@data-master/control-records';
import { beerLake } from '@data-master/beer-lake';
import { openEmbeddedLake, type EmbeddedLake } from './index.ts';
import { readQuarantine } from './testing/home-files.ts';
import { makeEmptyLake, makeTwin, queryOne, readAllRows } from './testing/lake-content.ts';
import { applyChanges, dropRaw } from './testing/raw-drop.ts';
import { withLake, inTemporaryHome, type TemporaryHome } from './testing/temporary-home.ts';

const header = 'review_id,brewery_id,beer_id,profile_id,review_overall,review_aroma,review_appearance,review_palate,review_taste,review_time\n';
const row = (id: number, rest = '1,1,1,4,4,4,4,4,1338000000'): string => `${id},${rest}\n`;
const good = (id: number): string => header + row(id);
const bytes = (...parts: (string | Uint8Array)[]): Buffer => Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
const manyRows = header + Array.from({ length: 4_000 }, (_, index) => row(500_000 + index, `1,1,1,${(index * 7) % 5},4,4,4,4,${1_338_000_000 + index * 13}`)).join('');

/** A whole file that cannot be read: where it is put, what it holds, and what its record must say. */
const unreadable: [name: string, path: string, content: string | Uint8Array, message: RegExp][] = [
  ['a gzip that is cut', 'review/cut.csv.gz', gzipSync(manyRows).subarray(0, -2_000), /cut\.csv\.gz is broken gzip: (?:Error: )?unexpected end of file; expected a whole gzip file; write it again/],
  ['a gzip that is corrupt', 'review/corrupt.csv.gz', corrupt(gzipSync(manyRows)), /corrupt\.csv\.gz is broken gzip: .+; expected a whole gzip file/],
  ['an empty file', 'review/empty.csv', '', /empty\.csv holds no data; expected CSV with a header or one JSON object per line; write it again/],
  ['a gzip of nothing', 'review/nothing.csv.gz', gzipSync(''), /nothing\.csv\.gz holds no data; expected CSV/],
  ['a header that lacks a column', 'review/lacks.csv', header.replace('beer_id,', '') + row(1), /the header of .+lacks\.csv lacks beer_id; expected review_id,brewery_id,/],
  ['a header with another column', 'review/extra.csv', `note,${header}x,${row(1)}`, /the header of .+extra\.csv has 1 unknown \(note\); expected review_id,/],
  ['a header with a column twice', 'review/twice.csv', `beer_id,${header}1,${row(1)}`, /the header of .+twice\.csv repeats beer_id; expected review_id,/],
  ['data without a header', 'review/headless.csv', row(1), /the header of .+headless\.csv lacks .+\(names withheld: the first line looks like data/],
  ['a header of another table', 'review/foreign.csv', 'brewery_id,brewery_name\n1,First\n', /the header of .+foreign\.csv lacks review_id, .+ and has 1 unknown \(brewery_name\)/],
  ['a JSON array', 'review/array.json', '[{"review_id":1}]', /array\.json begins with \[; expected CSV with a header or one JSON object per line; write each element as a line/],
  ['bytes that are no text', 'review/binary.csv', Uint8Array.from({ length: 3_000 }, (_, index) => (index * 73 + 1) % 256), /binary\.csv/],
  ['a table that no contract knows', 'wine/a.csv', good(1), /table wine is in no contract; expected one of brewery, beer, profile, review, openbrewery, review_posted/],
  ['a file beside the tables', 'loose.csv', good(2), /raw\/loose\.csv has an unknown shape; expected raw\/<table>\/<file>; move the object under its table/],
  ['a folder that no table can be named', 'Beer/a.csv', good(3), /raw\/Beer\/a\.csv has an unknown shape; expected raw\/<table>\/<file>/],
];

/** Rows that are no rows, each in a file between two good ones: the quarantine names line, column and reason. */
const unfit: [name: string, lines: Buffer, column: string | undefined, reason: RegExp][] = [
  ['too few cells', bytes('7,1,1\n'), undefined, /^the record has 3 cells, expected 10$/],
  ['too many cells', bytes(row(7).trimEnd(), ',extra\n'), undefined, /^the record has 11 cells, expected 10$/],
  ['text in a number', bytes(row(7, '1,beer,1,4,4,4,4,4,1338000000')), 'beer_id', /^beer_id is "beer", expected an integer/],
  ['a missing required value', bytes(row(7, '1,1,,4,4,4,4,4,1338000000')), 'profile_id', /^profile_id is null, expected an integer/],
  ['a missing key', bytes(',1,1,1,4,4,4,4,4,1338000000\n'), 'review_id', /^review_id is null, expected an integer/],
  ['a number out of range', bytes(row(7, '1,1,1,4,4,4,4,4,99999999999999')), 'review_time', /^review_time is "99999999999999", expected an integer from -62135596800 to 253402300799$/],
  ['a number too large for its type', bytes(row(7, '1,99999999999999999999,1,4,4,4,4,4,1338000000')), 'beer_id', /^beer_id is "99999999999999999999", expected an integer/],
  ['more digits than the contract keeps', bytes(row(7, '1,1,1,4.25,4,4,4,4,1338000000')), 'review_overall', /^review_overall is "4\.25", expected /],
  ['bytes that are not UTF-8', bytes('7,1,1,1,', Uint8Array.of(0xff, 0xfe), ',4,4,4,4,1338000000\n'), undefined, /^the record is not UTF-8, expected text in UTF-8$/],
  ['a NUL character', bytes('7,1,1,1,\0,4,4,4,4,1338000000\n'), undefined, /^the record has a NUL character, expected text without$/],
  ['a quote inside a cell', bytes('7,1,1,1,4"4,4,4,4,4,1338000000\n'), undefined, /^a quote stands inside a cell/],
  ['a field of ten megabytes', bytes(`7,1,1,1,${'4'.repeat(10_000_000)},4,4,4,4,1338000000\n`), undefined, /^the record is longer than 8388608 bytes, expected a shorter one$/],
];

function corrupt(gzip: Buffer): Buffer {
  const copy = Buffer.from(gzip);
  copy.fill(0xaa, copy.length >> 1, (copy.length >> 1) + 40);
  return copy;
}

describe('bad input beside good input, in one go', () => {
  let home: TemporaryHome;
  let lake: EmbeddedLake;
  let failures: Map<string, ControlRecord>;
  const unfitPath = (index: number): string => `review/unfit-${index}.csv`;

  beforeAll(async () => {
    home = await makeEmptyLake();
    lake = await openEmbeddedLake(beerLake, home.environment);
    await dropRaw(lake, 'review/a-good.csv', good(1001));
    for (const [, path, content] of unreadable) await dropRaw(lake, path, content);
    for (const [index, [, lines]] of unfit.entries()) await dropRaw(lake, unfitPath(index), bytes(header, row(2000 + 2 * index), lines, row(2001 + 2 * index)));
    await mkdir(join(lake.rawFolder, 'review', 'folder.csv'));
    await dropRaw(lake, 'review/header-only.csv', header);
    await dropRaw(lake, 'review/z-good.csv', good(1002));
    await lake.discover();
    await lake.drain();
    failures = new Map((await lake.failures()).map((record) => [record.object_key, record]));
  });
  afterAll(async () => {
    await lake.close();
    await home.remove();
  });

  test.each(unreadable)('%s is an error that says what was found and what was expected', (_name, path, _content, message) => {
    expect(failures.get(`raw/${path}`)).toMatchObject({ status: 'error', schema_name: 'dm_bronze', error_message: expect.stringMatching(message) as unknown });
  });

  test('nothing else is an error, and nothing waits', async () => {
    expect([...failures.keys()].sort()).toEqual(unreadable.map(([, path]) => `raw/${path}`).sort());
    expect((await lake.state()).control).toMatchObject({ pending: 0, running: 0 });
  });

  test('files that cannot be read leave nothing in bronze', async () => {
    expect(await queryOne(lake, 'SELECT count(*) AS rows FROM bronze.review')).toEqual({ rows: BigInt(2 + 2 * unfit.length) });
  });

  test.each(unfit.map(([name, , column, reason], index) => [name, index, column, reason] as const))('a row with %s is in quarantine with its line and the reason, its neighbours are in the lake', async (_name, index, column, reason) => {
    const rows = await readQuarantine(home.home, `review/unfit-${index}-`);
    expect(rows).toEqual([{ line: 3, row: 2, ...(column && { column }), reason: expect.stringMatching(reason) as unknown, original: expect.any(String) as unknown }]);
    expect(rows[0]!.original.length).toBeLessThan(2_100);
    expect(await lake.query(`SELECT review_id FROM silver.review_flat WHERE review_id IN (${2000 + 2 * index}, ${2001 + 2 * index}) ORDER BY 1`)).toEqual([{ review_id: BigInt(2000 + 2 * index) }, { review_id: BigInt(2001 + 2 * index) }]);
  });

  test('the state counts what is in quarantine', async () => {
    expect((await lake.state()).quarantined).toBe(unfit.length);
  });

  test('a header alone is a success of no rows', async () => {
    expect(await queryOne(lake, `SELECT count(*) AS rows FROM bronze.review WHERE _source_key LIKE '%header-only%'`)).toEqual({ rows: 0n });
    expect(failures.has('raw/review/header-only.csv')).toBe(false);
  });

  test('the good rows of the same run arrived in gold', async () => {
    expect(await queryOne(lake, 'SELECT sum(total_reviews)::BIGINT AS total FROM gold.state_by_review_volume')).toEqual({ total: BigInt(2 + 2 * unfit.length) });
  });

  test('trying again without mending fails again and changes no row', async () => {
    const before = await readAllRows(lake);
    expect(await lake.retry()).toBe(unreadable.length);
    await lake.drain();
    expect((await lake.failures()).map((record) => record.object_key).sort()).toEqual([...failures.keys()].sort());
    expect(await readAllRows(lake)).toEqual(before);
  });
});

describe('once the cause is mended', () => {
  /** What each way of mending leads to must equal a lake that only ever saw the good file. */
  const ways: [name: string, path: string, spoil: (lake: EmbeddedLake) => Promise<void>, mend: (lake: EmbeddedLake) => Promise<void>][] = [
    ['a good file under the same name', 'review/day.csv', (lake) => applyChanges(lake, 'review/day.csv', 'wrong,header\n1,2\n', 1), (lake) => applyChanges(lake, 'review/day.csv', good(1), 2)],
    ['a good file under the same name and a retry', 'review/day.csv', (lake) => applyChanges(lake, 'review/day.csv', 'wrong,header\n1,2\n', 1), async (lake) => {
      await dropRaw(lake, 'review/day.csv', good(1), 2);
      await lake.retry();
      await lake.drain();
      await lake.discover();
      await lake.drain();
      expect(await lake.failures()).toEqual([]);
    }],
    ['a good file under the table that was meant', 'review/day.csv', (lake) => applyChanges(lake, 'reviews/day.csv', good(1), 1), (lake) => applyChanges(lake, 'review/day.csv', good(1), 2)],
  ];

  test.each(ways)('%s makes the lake what it would have been', async (_name, path, spoil, mend) => {
    const empty = await makeEmptyLake();
    const [mended, undisturbed] = [await makeTwin(empty), await makeTwin(empty)];
    try {
      const expected = await withLake(undisturbed, async (lake) => {
        await applyChanges(lake, path, good(1), 2);
        return readAllRows(lake);
      });
      await withLake(mended, async (lake) => {
        await spoil(lake);
        expect(await lake.failures()).toHaveLength(1);
        await mend(lake);
        expect(await readAllRows(lake)).toEqual(expected);
        expect(await queryOne(lake, 'SELECT count(*) AS rows FROM bronze.review')).toEqual({ rows: 1n });
      });
    } finally {
      await Promise.all([empty, mended, undisturbed].map((each) => each.remove()));
    }
  });

  test('an object that was removed before it was ingested is asked for, and taken when it is back', async () => {
    await inTemporaryHome((home) => withLake(home, async (lake) => {
      await dropRaw(lake, 'review/day.csv', good(1));
      await lake.discover();
      const removeIt = (): void => rmSync(join(lake.rawFolder, 'review', 'day.csv'), { force: true });
      await lake.drain({ observer: { started: removeIt, progressed: () => {}, finished: () => {} } });
      const [removed] = await lake.failures();
      expect(removed).toMatchObject({ status: 'error', error_message: expect.stringMatching(/raw object raw\/review\/day\.csv is gone; expected \d+ bytes under this key; put it back, then retry/) as unknown });
      await dropRaw(lake, 'review/day.csv', good(1));
      expect(await lake.retry(removed!.control_id)).toBe(1);
      await lake.drain();
      expect(await lake.failures()).toEqual([]);
      expect(await queryOne(lake, 'SELECT review_id FROM silver.review_flat')).toEqual({ review_id: 1n });
    }));
  });
});
