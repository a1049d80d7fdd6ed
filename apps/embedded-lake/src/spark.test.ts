import { describe, expect, jest, test } from '@jest/globals';
import { describeWithPython } from '@data-master/spark/testing';
import { evolveLake } from './testing/evolving-lake.ts';
import { makeEmptyLake, makeTwin, readAllRows } from './testing/lake-content.ts';
import { batchKey, gzipped, inputTables, makeReviewChanges, makeSampleInput } from './testing/sample-input.ts';
import { withLake, type TemporaryHome } from './testing/temporary-home.ts';

jest.setTimeout(10 * 60_000);

const input = makeSampleInput();
const lateBeer = input.beer.split('\n').slice(0, 3).map((line, index) => (index === 0 ? line : line.replace(/^(\d+),(\d+),.*$/, '$1,$2,Renamed,Porter,5.5'))).join('\n');

/** What arrives, in turns between which the lake is brought up to date. */
const turns: { table: string; arrival: number; body: string }[][] = [
  inputTables.map((table, arrival) => ({ table, arrival, body: input[table] })),
  [
    { table: 'review', arrival: 20, body: makeReviewChanges(2, 40) },
    { table: 'review', arrival: 21, body: makeReviewChanges(2, 40, 12) },
    { table: 'beer', arrival: 22, body: lateBeer },
  ],
  // Older than what has been applied: nothing of it may win, and the same changes once more under another key.
  [{ table: 'review', arrival: 10, body: makeReviewChanges(2, 40, 13) }, { table: 'review', arrival: 23, body: `${makeReviewChanges(2, 40)}\n` }],
];

async function contentBy(engine: 'duckdb' | 'spark', { environment }: TemporaryHome) {
  return withLake({ environment: { ...environment, DM_ENGINE: engine } }, async (lake) => {
    for (const turn of turns) {
      for (const { table, arrival, body } of turn) await lake.deliver(batchKey(table, arrival), gzipped(body));
      await lake.drain();
    }
    return { content: await readAllRows(lake), control: (await lake.state()).control };
  });
}

await describeWithPython('silver, review_flat and gold by DuckDB and by Spark', () => {
  describe('after loads, updates, deletes, late dimensions, old and repeated changes', () => {
    test('hold the same rows', async () => {
      const home = await makeEmptyLake();
      const twin = await makeTwin(home);
      const [duckDb, spark] = [await contentBy('duckdb', home), await contentBy('spark', twin)];
      await Promise.all([home.remove(), twin.remove()]);
      expect(spark.control).toMatchObject({ pending: 0, running: 0, error: 0 });
      expect(spark.content).toEqual(duckDb.content);
      for (const [table, rows] of Object.entries(duckDb.content)) expect([table, rows.length > 0]).toEqual([table, true]);
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
