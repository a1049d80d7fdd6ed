import { describe, expect, jest, test } from '@jest/globals';
import { describeWithPython } from '@data-master/spark/testing';
import { evolveLake } from './testing/evolving-lake.ts';
import { makeEmptyLake, makeTwin, readAllRows } from './testing/lake-content.ts';
import { batchKey, gzipped, inputTables, makeReviewChanges, makeSampleInput } from './testing/sample-input.ts';
import { withLake, type TemporaryHome } from './testing/temporary-home.ts';

jest.setTimeout(10 * 60_000);

const input = makeSampleInput();
const lateBeer = input.beer.split('\n').slice(0, 3).map((line, index) => (index === 0 ? line : line.replace(/^(\d+),(\d+),.*$/, '$1,$2,Renamed,Porter,5.5'))).join('\n');

/** Reviews of one month, so many that a few changes of them leave their file in place; then changes of some, to another month too. */
const manyReviews = 21_000;
const bigMonth = ['review_id,brewery_id,beer_id,profile_id,review_overall,review_aroma,review_appearance,review_palate,review_taste,review_time',
  ...Array.from({ length: manyReviews }, (_, index) => `${500_000 + index},1,${1 + (index % 30)},${1 + (index % 40)},4.0,3.5,3.0,2.5,${1 + (index % 5)}.0,${Date.UTC(2011, 2, 1) / 1_000 + index}`), ''].join('\n');
const changesOfBigMonth = Array.from({ length: 60 }, (_, index) => {
  const review_id = 500_000 + index * 350;
  if (index % 3 === 0) return `{"operation":"delete","review_id":${review_id}}\n`;
  const time = Date.UTC(2011, index % 3 === 1 ? 2 : 3, 2) / 1_000;
  return `{"operation":"update","review_id":${review_id},"brewery_id":1,"beer_id":2,"profile_id":3,"review_overall":1.0,"review_aroma":1.0,"review_appearance":1.0,"review_palate":1.0,"review_taste":1.0,"review_time":${time}}\n`;
}).join('');

/** What arrives, in turns between which the lake is brought up to date. */
const turns: { table: string; arrival: number; body: string }[][] = [
  [...inputTables.map((table, arrival) => ({ table, arrival, body: input[table] })), { table: 'review', arrival: 6, body: bigMonth }],
  [
    { table: 'review', arrival: 20, body: makeReviewChanges(2, 40) },
    { table: 'review', arrival: 21, body: makeReviewChanges(2, 40, 12) },
    { table: 'beer', arrival: 22, body: lateBeer },
    { table: 'review', arrival: 24, body: changesOfBigMonth },
  ],
  // Older than what has been applied: nothing of it may win, and the same changes once more under another key.
  [{ table: 'review', arrival: 10, body: makeReviewChanges(2, 40, 13) }, { table: 'review', arrival: 23, body: `${makeReviewChanges(2, 40)}\n` }],
];

type Engine = 'duckdb' | 'spark';

/** What a lake holds after all turns, each by its engine. */
async function contentBy([first, second, third]: readonly [Engine, Engine, Engine], { environment }: TemporaryHome) {
  const take = (engine: Engine, taken: typeof turns) => withLake({ environment: { ...environment, DM_ENGINE: engine } }, async (lake) => {
    for (const turn of taken) {
      for (const { table, arrival, body } of turn) await lake.deliver(batchKey(table, arrival), gzipped(body));
      await lake.drain();
    }
    const [review] = await lake.maintain({ tables: ['silver.review'], dryRun: true });
    return { content: await readAllRows(lake), control: (await lake.state()).control, deleteFiles: review!.report.before.delete_files };
  });
  if (first === second && second === third) return take(first, turns);
  await take(first, turns.slice(0, 1));
  await take(second, turns.slice(1, 2));
  return take(third, turns.slice(2));
}

await describeWithPython('silver, review_flat and gold by DuckDB and by Spark', () => {
  describe('after loads, updates, deletes, late dimensions, old and repeated changes', () => {
    test('hold the same rows, also when one goes on with what the other wrote, deletes in files of their own included', async () => {
      const home = await makeEmptyLake();
      const [twin, third] = [await makeTwin(home), await makeTwin(home)];
      const duckDb = await contentBy(['duckdb', 'duckdb', 'duckdb'], home);
      const spark = await contentBy(['spark', 'spark', 'spark'], twin);
      const both = await contentBy(['duckdb', 'duckdb', 'spark'], third);
      await Promise.all([home.remove(), twin.remove(), third.remove()]);
      for (const { control } of [spark, both]) expect(control).toMatchObject({ pending: 0, running: 0, error: 0 });
      expect(duckDb.deleteFiles).toBeGreaterThan(0);
      expect(spark.deleteFiles).toBe(0);
      expect(spark.content).toEqual(duckDb.content);
      expect(both.content).toEqual(duckDb.content);
      const empty = Object.entries(duckDb.content).flatMap(([table, rows]) => (rows.length > 0 ? [] : [table]));
      expect(empty).toEqual(['silver.review_posted']);
    });
  });

  describe('before and after the contracts have evolved', () => {
    test('hold the same rows', async () => {
      const home = await makeEmptyLake();
      const twin = await makeTwin(home);
      const [duckDb, spark] = [
        await evolveLake({ environment: { ...home.environment, DM_ENGINE: 'duckdb' } }),
        await evolveLake({ environment: { ...twin.environment, DM_ENGINE: 'spark' } }),
      ];
      await Promise.all([home.remove(), twin.remove()]);
      expect(spark).toEqual(duckDb);
    });
  });
});
