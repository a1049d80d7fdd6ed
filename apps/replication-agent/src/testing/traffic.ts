import { setTimeout as delay } from 'node:timers/promises';
import type { CoreSource } from './core-source.ts';

/** Changes of every kind, made by one writer that begins anew when its database is killed. */
export interface Traffic {
  /** Makes transactions until so many rows were changed since the start. */
  run: (untilChanges: number) => Promise<void>;
  readonly counts: { insert: number; update: number; delete: number; interrupted: number };
}

const highestReview = 90_000;
const moved = 2 * highestReview;

export function createTraffic(source: CoreSource, seed: number): Traffic {
  const counts = { insert: 0, update: 0, delete: 0, interrupted: 0 };
  let state = seed;
  const random = (limit: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * limit);
  };
  const steps = (): [kind: 'insert' | 'update' | 'delete', sql: string][] => {
    const from = random(highestReview);
    const count = 1 + random(random(8) === 0 ? 600 : 60);
    const to = from + count;
    const all: [kind: 'insert' | 'update' | 'delete', sql: string][] = [
      ['delete', `DELETE FROM dm_core.review WHERE review_id BETWEEN ${from} AND ${to}`],
      ['insert', source.insertAbsent('dm_core.review', `SELECT i, 1 + i % 50, 1 + i % 300, 1 + i % 400, 1 + i % 5, NULL, 2.5, ${1 + random(4)}, 4.5, 1300000000 + ${random(10_000_000)} ${source.series(from, to)}`)],
      ['update', `UPDATE dm_core.review SET review_overall = ${1 + random(8) / 2}, review_taste = nullif(review_taste, 4.5) WHERE review_id BETWEEN ${from} AND ${to}`],
      ['insert', source.upsert(`INSERT INTO dm_core.review (review_id, brewery_id, beer_id, profile_id, review_time) SELECT i, 1, 1, 1, 1 ${source.series(from, to)}`, 'review_id', `review_aroma = ${1 + random(4)}`)],
      ['update', `UPDATE dm_core.review AS r SET review_id = review_id + ${moved} WHERE review_id BETWEEN ${from} AND ${from + 5} AND NOT EXISTS (SELECT 1 FROM dm_core.review AS o WHERE o.review_id = r.review_id + ${moved})`],
      ['update', `UPDATE dm_core.review AS r SET review_id = review_id - ${moved} WHERE review_id > ${moved} AND review_id % 2 = 0 AND NOT EXISTS (SELECT 1 FROM dm_core.review AS o WHERE o.review_id = r.review_id - ${moved})`],
      ['update', `UPDATE dm_core.beer SET beer_name = 'beer, "${from}"\n', beer_abv = ${random(2) ? 'NULL' : random(99) / 10} WHERE beer_id = ${1 + random(300)}`],
      ['delete', `DELETE FROM dm_core.brewery WHERE brewery_id = ${1 + random(50)}`],
      ['insert', source.insertAbsent('dm_core.brewery', `SELECT i, concat('again ', ${from}) ${source.series(1, 50)}`)],
      ['update', `UPDATE dm_core.profile SET email = 'p${from}@example.org', state = 'NY' WHERE profile_id % 40 = ${random(40)}`],
    ];
    return Array.from({ length: 1 + random(4) }, () => all[random(all.length)]!);
  };
  const changed = (): number => counts.insert + counts.update + counts.delete;

  return {
    counts,
    async run(untilChanges) {
      while (changed() < untilChanges) {
        try {
          await source.withSession(async (execute) => {
            while (changed() < untilChanges) {
              await execute('BEGIN');
              for (const [kind, sql] of steps()) counts[kind] += await execute(sql);
              await execute(random(20) === 0 ? 'ROLLBACK' : 'COMMIT');
            }
          });
        } catch (error) {
          if (!source.isInterruption(error)) throw error;
          counts.interrupted += 1;
          await delay(20);
        }
      }
    },
  };
}
