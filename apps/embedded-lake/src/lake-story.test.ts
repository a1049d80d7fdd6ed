import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { beerLake } from '@data-master/beer-lake';
import { openEmbeddedLake, type EmbeddedLake } from './index.ts';
import { listHome, listPartitions } from './testing/home-files.ts';
import { queryOne } from './testing/lake-content.ts';
import { readGold } from './testing/lake-gold.ts';
import { applyChanges, dropRaw } from './testing/raw-drop.ts';
import { computeGold, currentReviews } from './testing/review-oracle.ts';
import { batchKey, gzipped, inputTables, makeReviewChanges, makeSampleInput } from './testing/sample-input.ts';
import { makeTemporaryHome, type TemporaryHome } from './testing/temporary-home.ts';

const reviewTables = beerLake.gold.filter(({ from }) => from === 'review_flat').map(({ name }) => name);
const input = makeSampleInput();
const reviewCount = currentReviews(input).size;
const aprilChanges = makeReviewChanges(2, 40);

/** Data files that a table gained since `before`, by partition. */
function gainedFiles(before: Record<string, string[]>, after: Record<string, string[]>): string[] {
  return Object.keys(after).filter((partition) => after[partition]!.some((path) => !before[partition]?.includes(path))).sort();
}

async function listReviewPartitions(home: string): Promise<Record<string, Record<string, string[]>>> {
  const tables = [['silver', 'review'], ['silver', 'review_flat'], ...reviewTables.map((name) => ['gold', name])] as ['silver' | 'gold', string][];
  return Object.fromEntries(await Promise.all(tables.map(async ([layer, table]) => [`${layer}.${table}`, await listPartitions(home, layer, table)] as const)));
}

describe('the story of one lake, told in order', () => {
  let home: TemporaryHome;
  let lake: EmbeddedLake;

  beforeAll(async () => {
    home = await makeTemporaryHome();
    lake = await openEmbeddedLake(beerLake, home.environment);
    for (const table of inputTables) await lake.deliver(batchKey(table, 1), gzipped(input[table]));
    await lake.drain();
  });
  afterAll(async () => {
    await lake?.close();
    await home?.remove();
  });

  test('every input row is in bronze and silver, every review in review_flat', async () => {
    const { tables, control, quarantined } = await lake.state();
    const rows = Object.fromEntries(tables.filter(({ layer }) => layer !== 'gold').map(({ layer, table, rows: count }) => [`${layer}.${table}`, count]));
    const noRows = Object.fromEntries(beerLake.tables.map(({ name }) => [name, 0]));
    const counts = { ...noRows, ...Object.fromEntries(inputTables.map((table) => [table, input[table].trimEnd().split('\n').length - 1])) };
    const inLayer = (layer: string) => Object.fromEntries(Object.entries(counts).map(([table, count]) => [`${layer}.${table}`, count]));
    expect(rows).toEqual({ ...inLayer('bronze'), ...inLayer('silver'), 'silver.review_flat': reviewCount });
    expect({ ...control, quarantined }).toMatchObject({ pending: 0, running: 0, error: 0, quarantined: 0 });
  });

  test('gold holds the totals and means that the input gives by hand', async () => {
    expect(await queryOne(lake, 'SELECT sum(total_reviews)::BIGINT AS total FROM gold.state_by_review_volume')).toEqual({ total: BigInt(reviewCount) });
    const expected = computeGold(input, currentReviews(input));
    expect(Math.min(...Object.values(expected).map((rows) => rows.length))).toBeGreaterThan(4);
    expect(await readGold(lake)).toEqual(expected);
  });

  test('breweries are counted by type and place', async () => {
    expect(await queryOne(lake, 'SELECT sum(total_breweries)::BIGINT AS total FROM gold.breweries_by_type_and_place')).toEqual({ total: 25n });
  });

  test('delivering everything again, looking for files and draining changes no file', async () => {
    const before = await listHome(home.home);
    for (const table of inputTables) expect(await lake.deliver(batchKey(table, 1), gzipped(input[table]))).toBe(false);
    expect(await lake.discover()).toBe(0);
    await lake.drain();
    await lake.process('silver');
    await lake.process('gold');
    expect(await listHome(home.home)).toEqual(before);
  });

  test('closing and opening changes no file', async () => {
    const before = await listHome(home.home);
    await lake.close();
    lake = await openEmbeddedLake(beerLake, home.environment);
    await lake.discover();
    await lake.drain();
    expect(await listHome(home.home)).toEqual(before);
  });

  test('updates, inserts and deletes of one month reach silver, review_flat and gold', async () => {
    const before = await listReviewPartitions(home.home);
    await applyChanges(lake, 'review/april.ndjson', aprilChanges);

    const operations = aprilChanges.trimEnd().split('\n').map((line) => (JSON.parse(line) as { operation: string }).operation);
    expect(new Set(operations)).toEqual(new Set(['update', 'insert', 'delete']));
    const reviews = currentReviews(input, aprilChanges);
    expect(await readGold(lake)).toEqual(computeGold(input, reviews));
    const deleted = operations.filter((operation) => operation === 'delete').length;
    expect(await queryOne(lake, 'SELECT count(*) AS rows, count(deleted_at) AS deleted FROM silver.review')).toEqual({ rows: BigInt(reviews.size + deleted), deleted: BigInt(deleted) });
    const flat = await lake.query('SELECT review_id, review_overall FROM silver.review_flat');
    expect(new Map(flat.map((row) => [String(row['review_id'] as bigint), row['review_overall'] ?? '']))).toEqual(new Map([...reviews].map(([id, row]) => [id, asScore(row['review_overall']!)])));

    const after = await listReviewPartitions(home.home);
    for (const [table, partitions] of Object.entries(after)) {
      expect({ table, gained: gainedFiles(before[table]!, partitions) }).toEqual({ table, gained: ['review_year=2012/review_month=4'] });
    }
  });

  test('the same changes under another name are known and not taken again', async () => {
    const before = await readGold(lake);
    const files = await listReviewPartitions(home.home);
    await applyChanges(lake, 'review/april-again.ndjson', aprilChanges, 2);
    expect(await readGold(lake)).toEqual(before);
    expect(await listReviewPartitions(home.home)).toEqual(files);
  });

  test('a beer that changes late changes the past reviews of that beer and the months that have some', async () => {
    const beer = await queryOne(lake, 'SELECT beer_id, count(*) AS reviews, count(DISTINCT review_month) AS months FROM silver.review_flat GROUP BY beer_id ORDER BY months, beer_id LIMIT 1');
    const before = await listReviewPartitions(home.home);
    const months = (await lake.query(`SELECT DISTINCT review_month FROM silver.review_flat WHERE beer_id = ${beer['beer_id'] as bigint} ORDER BY 1`)).map((row) => `review_year=2012/review_month=${row['review_month'] as number}`);
    expect(months.length).toBeLessThan(5);

    await applyChanges(lake, 'beer/renamed.ndjson', [{ operation: 'update', beer_id: Number(beer['beer_id']), brewery_id: 1, beer_name: 'Renamed "late", truly', beer_style: 'Style of its own', beer_abv: 5.5 }], 3);
    expect(await queryOne(lake, `SELECT count(*) AS reviews FROM silver.review_flat WHERE beer_name = 'Renamed "late", truly' AND beer_style = 'Style of its own' AND beer_abv = 5.5`)).toEqual({ reviews: beer['reviews'] });
    const after = await listReviewPartitions(home.home);
    expect(gainedFiles(before['silver.review_flat']!, after['silver.review_flat']!)).toEqual(months);
    expect(gainedFiles(before['gold.top_beers_by_rating']!, after['gold.top_beers_by_rating']!).every((month) => months.includes(month))).toBe(true);
    expect(after['silver.review']).toEqual(before['silver.review']);
  });

  test('a review may come before its account: the columns of the account fill in when it arrives', async () => {
    const review = { operation: 'insert', review_id: 900_001, brewery_id: 1, beer_id: 1, profile_id: 900, review_overall: 4.5, review_time: 1_338_000_000 };
    await applyChanges(lake, 'review/early.ndjson', [review], 4);
    expect(await queryOne(lake, 'SELECT state, profile_name FROM silver.review_flat WHERE review_id = 900001')).toEqual({ state: null, profile_name: null });
    expect(await lake.query('SELECT total_reviews FROM gold.state_by_review_volume WHERE state IS NULL')).toEqual([{ total_reviews: 1n }]);

    await applyChanges(lake, 'profile/late.ndjson', [{ operation: 'insert', profile_id: 900, profile_name: 'latecomer', email: 'late.comer@example.com', state: 'ZZ' }], 5);
    expect(await queryOne(lake, 'SELECT state, profile_name FROM silver.review_flat WHERE review_id = 900001')).toEqual({ state: 'ZZ', profile_name: 'latecomer' });
    expect(await lake.query(`SELECT state, total_reviews FROM gold.state_by_review_volume WHERE state IS NULL OR state = 'ZZ'`)).toEqual([{ state: 'ZZ', total_reviews: 1n }]);
  });

  test('an account that is deleted leaves its reviews without it', async () => {
    await applyChanges(lake, 'profile/gone.ndjson', [{ operation: 'delete', profile_id: 900 }], 6);
    expect(await queryOne(lake, 'SELECT state, email FROM silver.review_flat WHERE review_id = 900001')).toEqual({ state: null, email: null });
  });

  test('a deleted review stays deleted under an older update and lives again when it is inserted later', async () => {
    const live = 'SELECT review_overall FROM silver.review_flat WHERE review_id = 900001';
    const row = { review_id: 900_001, brewery_id: 1, beer_id: 1, profile_id: 1, review_time: 1_338_000_000 };
    await applyChanges(lake, 'review/deleted.ndjson', [{ operation: 'delete', review_id: 900_001, _commit_time: '2014-02-03T00:00:00Z' }], 7);
    expect(await lake.query(live)).toEqual([]);
    await applyChanges(lake, 'review/older.ndjson', [{ operation: 'update', ...row, review_overall: 1, _commit_time: '2014-02-02T00:00:00Z' }], 8);
    expect(await lake.query(live)).toEqual([]);
    await applyChanges(lake, 'review/again.ndjson', [{ operation: 'insert', ...row, review_overall: 2, _commit_time: '2014-02-04T00:00:00Z' }], 9);
    expect(await lake.query(live)).toEqual([{ review_overall: '2.0' }]);
    expect(await queryOne(lake, 'SELECT deleted_at FROM silver.review WHERE review_id = 900001')).toEqual({ deleted_at: null });
  });

  test('a review that moves to another month leaves the old one, and both months are computed again', async () => {
    const before = await listReviewPartitions(home.home);
    await applyChanges(lake, 'review/moved.ndjson', [{ operation: 'update', review_id: 900_001, brewery_id: 1, beer_id: 1, profile_id: 1, review_overall: 2, review_time: Date.UTC(2012, 1, 10) / 1000, _commit_time: '2014-02-05T00:00:00Z' }], 10);
    const after = await listReviewPartitions(home.home);
    expect(gainedFiles(before['gold.state_by_review_volume']!, after['gold.state_by_review_volume']!)).toEqual(['review_year=2012/review_month=2', 'review_year=2012/review_month=5']);
    const total = [...currentReviews(input, aprilChanges)].length + 1;
    expect(await queryOne(lake, 'SELECT sum(total_reviews)::BIGINT AS total FROM gold.state_by_review_volume')).toEqual({ total: BigInt(total) });
  });

  test('a file that is dropped while the lake watches is taken without being asked for', async () => {
    let changed = Promise.withResolvers<void>();
    const watching = await lake.watch(() => changed.resolve());
    await dropRaw(lake, 'brewery/watched.csv', 'brewery_id,brewery_name\n77,Watched Brewery\n', 11);
    let rows: unknown[] = [];
    while (rows.length === 0) {
      await changed.promise;
      changed = Promise.withResolvers();
      await lake.drain();
      rows = await lake.query('SELECT brewery_name FROM silver.brewery WHERE brewery_id = 77');
    }
    await watching.close();
    expect(rows).toEqual([{ brewery_name: 'Watched Brewery' }]);
  });
});

const asScore = (text: string): string => (text === '' ? '' : Number(text).toFixed(1));
