import type { CoreSource } from './core-source.ts';

export const coreTables = ['brewery', 'beer', 'profile', 'review'] as const;

const statements = (source: CoreSource, reviews: number): string[] => [
  'CREATE SCHEMA dm_core',
  'CREATE TABLE dm_core.brewery (brewery_id bigint PRIMARY KEY, brewery_name text NOT NULL)',
  'CREATE TABLE dm_core.beer (beer_id bigint PRIMARY KEY, brewery_id bigint NOT NULL, beer_name text NOT NULL, beer_style text NOT NULL, beer_abv numeric(5,2))',
  'CREATE TABLE dm_core.profile (profile_id bigint PRIMARY KEY, profile_name text NOT NULL, email text NOT NULL, state text NOT NULL)',
  `CREATE TABLE dm_core.review (
    review_id bigint PRIMARY KEY, brewery_id bigint NOT NULL, beer_id bigint NOT NULL, profile_id bigint NOT NULL, review_overall numeric(3,1), review_aroma numeric(3,1),
    review_appearance numeric(3,1), review_palate numeric(3,1), review_taste numeric(3,1), review_time bigint NOT NULL)`,
  `INSERT INTO dm_core.brewery SELECT i, concat('brewery, "', i, '"') ${source.series(1, 50)}`,
  `INSERT INTO dm_core.beer SELECT i, 1 + i % 50, concat('beer ', i), 'Altbier', CASE WHEN i % 7 > 0 THEN i % 90 / 7.0 END ${source.series(1, 300)}`,
  `INSERT INTO dm_core.profile SELECT i, concat('drinker', i), concat('d', i, '@example.org'), 'OR' ${source.series(1, 400)}`,
  `INSERT INTO dm_core.review SELECT i, 1 + i % 50, 1 + i % 300, 1 + i % 400, 1 + i % 5, 1 + i % 4, NULL, 2.5, 4.5, 1300000000 + i ${source.series(1, reviews)}`,
];

/** Makes the operational database of the sample. */
export async function createCore(source: CoreSource, { reviews }: { reviews: number }): Promise<void> {
  await source.withSession(async (execute) => {
    for (const sql of statements(source, reviews)) await execute(sql);
  });
}
