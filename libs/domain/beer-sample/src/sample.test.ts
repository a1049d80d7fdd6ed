import { createHash } from 'node:crypto';
import { beerLake } from '@data-master/beer-lake';
import { emitRowSchema, rawColumns } from '@data-master/table-contracts';
import { describe, expect, test } from '@jest/globals';
import { generateSample, generateSampleCsv, type Sample } from './sample.ts';

const sample = generateSample({ seed: 42, reviews: 10_000 });
const tables = Object.keys(sample) as (keyof Sample)[];

describe('generateSample', () => {
  test.each(tables)('generates rows of %s that fit the contract, with keys of their own', (name) => {
    const table = beerLake.tables.find((candidate) => candidate.name === name)!;
    const schema = emitRowSchema(rawColumns(table));
    const keys = new Set<unknown>();
    let count = 0;
    for (const row of sample[name] as Iterable<Record<string, unknown>>) {
      expect(schema.safeParse(row).error).toBeUndefined();
      expect(Object.values(row)).not.toContain('');
      keys.add(row[table.primaryKey[0]!]);
      count++;
    }
    expect(keys.size).toBe(count);
    expect(count).toBe({ brewery: 600, beer: 6000, profile: 3000, review: 10_000, openbrewery: 2000 }[name]);
  });

  test('refers to rows that exist, and reviews a beer under the brewery that makes it', () => {
    const breweries = new Set(Array.from(sample.brewery, (row) => row.brewery_id));
    const brewerOf = new Map(Array.from(sample.beer, (row) => [row.beer_id, row.brewery_id]));
    const profiles = new Set(Array.from(sample.profile, (row) => row.profile_id));
    expect([...brewerOf.values()].filter((id) => !breweries.has(id))).toEqual([]);
    expect(Array.from(sample.review).filter((row) => brewerOf.get(row.beer_id) !== row.brewery_id || !profiles.has(row.profile_id))).toEqual([]);
  });

  test('sends no mail, no call and no visit to anyone: addresses, numbers and sites are reserved ones', () => {
    for (const { email } of sample.profile) expect(email).toMatch(/^[a-z]+\.[a-z]+\d*@example\.(com|net|org)$/);
    for (const { phone, website_url } of sample.openbrewery) {
      expect(phone ?? '20255501').toMatch(/^(20255501|\+44 20 7946 0|\+49 30 23125 |\+61 3 5550 |\+33 1 99 00 |\+353 20 91)/);
      expect(website_url ?? 'https://a.example').toMatch(/^https:\/\/[a-z0-9.]+\.example$/);
    }
  });

  test('gives no two accounts the same user name and no two breweries the same name', () => {
    const names = [...Array.from(sample.profile, (row) => row.profile_name), ...Array.from(sample.brewery, (row) => row.brewery_name)];
    expect(new Set(names).size).toBe(3600);
  });

  test('has names that need quotes and letters beyond ASCII, and nulls where the contract allows them', () => {
    const beers = Array.from(sample.beer);
    expect(beers.some(({ beer_name }) => beer_name.includes(','))).toBe(true);
    expect(beers.some(({ beer_name }) => beer_name.includes('"'))).toBe(true);
    expect(beers.some(({ beer_name }) => /[^ -~]/.test(beer_name))).toBe(true);
    const unknown = beers.filter(({ beer_abv }) => beer_abv === null).length / beers.length;
    expect(unknown).toBeGreaterThan(0.2);
    expect(unknown).toBeLessThan(0.3);
  });

  test('changes no row of the dimensions with the number of reviews, and all with the seed', () => {
    const texts = (seed: number, reviews: number, name: keyof Sample): string => Array.from(generateSampleCsv({ seed, reviews })[name]).join('');
    for (const name of tables.filter((table) => table !== 'review')) {
      expect(texts(1, 0, name)).toBe(texts(1, 500, name));
      expect(texts(1, 0, name)).not.toBe(texts(2, 0, name));
    }
  });

  test('keeps the first accounts when more are asked for', () => {
    const more = Array.from(generateSample({ seed: 42, reviews: 0, profiles: 3500 }).profile);
    expect(more.slice(0, 3000)).toEqual(Array.from(sample.profile));
  });

  test('writes the same bytes on every machine', () => {
    const digests = Object.entries(generateSampleCsv({ seed: 42, reviews: 1000 })).map(([name, chunks]) => {
      const hash = createHash('sha256');
      for (const chunk of chunks) hash.update(chunk);
      return [name, hash.digest('hex')];
    });
    expect(Object.fromEntries(digests)).toEqual({
      brewery: '07174e1b08b07bb629ec8ae481036db67ba4f4c6fea46a5c02028692e8f683b3',
      beer: 'e1bf5f679e2f74fb88ded15c1391612a388df6462ea34f46cac1dea986787ee1',
      profile: 'aced10a7a8d9a424f9c6115c973c7db5becf4ef920b1a502c3bb3482d7c79b66',
      review: '19b1c66a31d200757a048b13136dc41b233a18e2345f7a14efec9813cce1090f',
      openbrewery: 'dfe76731fb2f638fb473b1ba7dfe65da320d15322d1e2a329fa2a511bd881501',
    });
  });

  test('refuses a seed that is no whole number', () => {
    expect(() => Array.from(generateSample({ seed: 0.5, reviews: 0 }).brewery)).toThrow('seed is 0.5; expected an integer from 0 to 9007199254740991');
  });
});
