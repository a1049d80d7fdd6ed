import { createHash } from 'node:crypto';
import { review } from '@data-master/beer-lake';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toCsv } from './csv.ts';
import { planReviewMonths } from './review-calendar.ts';
import { overallWeights } from './review-source.ts';
import { generateReviewRows, generateReviews } from './reviews.ts';
import { generateSample, sampleReviewOptions } from './sample.ts';

const demo = sampleReviewOptions({ seed: 42, reviews: 100_000 });
const rows = Array.from(generateReviewRows(demo));

describe('generateReviews', () => {
  test.each([
    [0, 'a3cc44c4f845da1b8147e7e448ad8f05fdf9636eb79e478af6d7a5acef1cd4af'],
    [42, 'de69372532d5e3abdfd95a0d255310fcb34712d461a6143e6547ac3bf2a9b2a5'],
    [Number.MAX_SAFE_INTEGER, '8d17a5343366af80bdc56def3b685922761b4b586dc3346063b6a4b7235b81ae'],
  ])('writes the same bytes for seed %d on every machine', (seed, expected) => {
    const [chunk] = generateReviews(sampleReviewOptions({ seed, reviews: 100_000 }));
    expect(createHash('sha256').update(chunk ?? '').digest('hex')).toBe(expected);
  });

  test('writes what the row-wise generator gives', () => {
    fc.assert(fc.property(fc.nat(), fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 1e9 }), (seed, count, firstReviewId) => {
      const options = { ...sampleReviewOptions({ seed, reviews: count, beers: 50, profiles: 20, breweries: 7 }), firstReviewId };
      expect(Array.from(generateReviews(options)).join('')).toBe(Array.from(toCsv(review, generateReviewRows(options))).join(''));
    }), { numRuns: 20 });
  });

  test('writes chunks of some 64 KB with the header in the first alone', () => {
    const chunks = Array.from(generateReviews({ ...demo, count: 20_000 }));
    expect(chunks.slice(0, -1).every(({ length }) => length > 40_000 && length < 80_000)).toBe(true);
    expect(chunks.map((chunk) => chunk.includes('review_id'))).toEqual(chunks.map((_, index) => index === 0));
  });

  test('writes the header alone when no reviews are asked for', () => {
    expect(Array.from(generateReviews({ seed: 1, count: 0, beers: [], profileIds: [] })).join('').split('\n')).toHaveLength(2);
  });

  test('refuses reviews of no beers', () => {
    expect(() => Array.from(generateReviews({ ...demo, beers: [] }))).toThrow('0 beers and 3000 profiles to review 100000 times; expected some of each');
  });
});

describe('the reviews of the demo', () => {
  test('have overall scores as frequent as the weights say, within 6 % of it or a thousandth of all', () => {
    const total = overallWeights.reduce((sum, weight) => sum + weight, 0);
    overallWeights.forEach((weight, index) => {
      const score = ((index + 2) / 2).toFixed(1);
      const share = rows.filter((row) => row.review_overall === score).length / rows.length;
      expect(Math.abs(share - weight / total)).toBeLessThan(Math.max(0.001, (0.06 * weight) / total));
    });
  });

  test('have other scores close to the overall one and null once in a thousand', () => {
    for (const column of ['review_aroma', 'review_appearance', 'review_palate', 'review_taste'] as const) {
      const scored = rows.filter((row) => row[column] !== null);
      const distance = scored.reduce((sum, row) => sum + Math.abs(Number(row[column]) - Number(row.review_overall)), 0) / scored.length;
      expect(distance).toBeGreaterThan(0.2);
      expect(distance).toBeLessThan(0.5);
      expect(rows.length - scored.length).toBeGreaterThan(50);
      expect(rows.length - scored.length).toBeLessThan(150);
    }
  });

  test('rate some beers clearly better than others', () => {
    const means = meansOf(rows.map((row) => [row.beer_id, Number(row.review_overall)])).filter(({ count }) => count >= 200).map(({ mean }) => mean);
    expect(Math.max(...means) - Math.min(...means)).toBeGreaterThan(0.5);
  });

  test('are about few beers and by few accounts mostly', () => {
    const beers = countsOf(rows.map((row) => row.beer_id));
    expect(share(beers.slice(0, 10))).toBeGreaterThan(0.15);
    expect(share(beers.slice(0, 10))).toBeLessThan(0.3);
    expect(beers[0]).toBeGreaterThan(2000);
    expect(beers.filter((count) => count <= 5).length / beers.length).toBeGreaterThan(0.5);
    expect(beers.length).toBeLessThan(demo.beers.length);

    const profiles = countsOf(rows.map((row) => row.profile_id));
    expect(share(profiles.slice(0, 10))).toBeGreaterThan(0.1);
    expect(profiles.filter((count) => count <= 10).length / profiles.length).toBeGreaterThan(0.4);
  });

  test('grow over the years 1996 to 2012 and reach the middle of the last month', () => {
    const byYear = meansOf(rows.map((row) => [BigInt(timeOf(row).getUTCFullYear()), 0])).sort((a, b) => Number(a.key - b.key));
    expect(byYear.map(({ key }) => Number(key))).toEqual(Array.from({ length: 17 }, (_, index) => 1996 + index));
    const full = byYear.slice(0, -1).map(({ count }) => count);
    expect(full).toEqual([...full].sort((a, b) => a - b));
    expect(timeOf(rows.at(-1)!).toISOString().slice(0, 8)).toBe('2012-06-');
    expect(rows.every((row) => timeOf(row) < new Date('2012-06-18'))).toBe(true);
  });

  test('fill the months as planned', () => {
    for (const { year, month, from, to } of planReviewMonths(rows.length)) {
      expect(rows.slice(from, to).every((row) => timeOf(row).getUTCFullYear() === year && timeOf(row).getUTCMonth() + 1 === month)).toBe(true);
    }
  });

  test('are written at every hour and mostly in American evenings', () => {
    const byHour = Array.from({ length: 24 }, () => 0);
    for (const row of rows) byHour[timeOf(row).getUTCHours()]!++;
    expect(Math.min(...byHour)).toBeGreaterThan(500);
    expect(byHour[2]).toBeGreaterThan(5 * byHour[10]!);
  });

  test('have identifiers that follow the time, but not exactly', () => {
    const backwards = rows.filter((row, index) => index > 0 && row.review_time < rows[index - 1]!.review_time).length;
    expect(backwards).toBeGreaterThan(rows.length / 5);
    expect(rows.every((row, index) => index < 16 || row.review_time >= rows[index - 16]!.review_time)).toBe(true);
    expect(rows.map((row) => Number(row.review_id))).toEqual(Array.from({ length: rows.length }, (_, index) => index + 1));
  });

  test('let beers, breweries and styles pass the threshold of 25 a month in all months since 2009', () => {
    const styles = new Map(Array.from(generateSample({ seed: 42, reviews: 0 }).beer, (beer) => [beer.beer_id, beer.beer_style]));
    for (const { year, from, to } of planReviewMonths(rows.length)) {
      if (year < 2009) continue;
      const month = rows.slice(from, to);
      expect(countsOf(month.map((row) => row.beer_id))[0]).toBeGreaterThanOrEqual(25);
      expect(countsOf(month.map((row) => row.brewery_id))[0]).toBeGreaterThanOrEqual(25);
      expect(countsOf(month.map((row) => styles.get(row.beer_id)))[0]).toBeGreaterThanOrEqual(25);
    }
  });
});

function timeOf(row: { review_time: bigint }): Date {
  return new Date(Number(row.review_time) * 1000);
}

/** Frequencies of the values, highest first. */
function countsOf(values: readonly unknown[]): number[] {
  const counts = new Map<unknown, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].sort((a, b) => b - a);
}

function share(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0) / rows.length;
}

function meansOf(pairs: readonly (readonly [bigint, number])[]): { key: bigint; count: number; mean: number }[] {
  const groups = new Map<bigint, { count: number; sum: number }>();
  for (const [key, value] of pairs) {
    const group = groups.get(key) ?? { count: 0, sum: 0 };
    groups.set(key, { count: group.count + 1, sum: group.sum + value });
  }
  return [...groups].map(([key, { count, sum }]) => ({ key, count, mean: sum / count }));
}
