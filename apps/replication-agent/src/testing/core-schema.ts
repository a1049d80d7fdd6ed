import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { generateSampleCsv } from '@data-master/beer-sample';
import type { TestPostgres } from '@data-master/replication/testing';
import { from as copyFrom } from 'pg-copy-streams';

export const coreTables = ['brewery', 'beer', 'profile', 'review'] as const;

const schema = `
CREATE SCHEMA dm_core;
CREATE TABLE dm_core.brewery (brewery_id bigint PRIMARY KEY, brewery_name text NOT NULL);
CREATE TABLE dm_core.beer (beer_id bigint PRIMARY KEY, brewery_id bigint NOT NULL, beer_name text NOT NULL, beer_style text NOT NULL, beer_abv numeric);
CREATE TABLE dm_core.profile (profile_id bigint PRIMARY KEY, profile_name text NOT NULL, email text NOT NULL, state text NOT NULL);
CREATE TABLE dm_core.review (
  review_id bigint PRIMARY KEY, brewery_id bigint NOT NULL, beer_id bigint NOT NULL, profile_id bigint NOT NULL, review_overall numeric, review_aroma numeric,
  review_appearance numeric, review_palate numeric, review_taste numeric, review_time bigint NOT NULL);`;

/** Makes the operational database of the sample. */
export async function createCore(postgres: TestPostgres, { reviews }: { reviews: number }): Promise<void> {
  await postgres.run(schema);
  const sample = generateSampleCsv({ seed: 3, reviews, breweries: 50, beers: 300, profiles: 400, openbreweries: 0 });
  const client = await postgres.client();
  try {
    for (const table of coreTables) await pipeline(Readable.from(sample[table]), client.query(copyFrom(`COPY dm_core.${table} FROM STDIN (FORMAT csv, HEADER match)`)));
  } finally {
    await client.end();
  }
}
