import { gzipSync } from 'node:zlib';
import { generateChanges, generateReviewRows, generateSampleCsv, planReviewMonths, sampleReviewOptions, toCsv } from '@data-master/beer-sample';
import { review } from '@data-master/beer-lake';
import { formatRawKey } from '@data-master/medallion-paths';

const options = { seed: 7, reviews: 12_000, breweries: 6, beers: 30, profiles: 40, openbreweries: 25 };
const reviewOptions = sampleReviewOptions(options);
const months = planReviewMonths(options.reviews).slice(-5);
const first = months[0]!.from;

/** The source tables of the reference lake. */
export const inputTables = ['brewery', 'beer', 'profile', 'openbrewery', 'review'] as const;
export type InputTable = (typeof inputTables)[number];
export type SampleInput = Record<InputTable, string>;

/** A small lake as CSV: some thousand reviews in the last five months of the sample, February to June 2012. */
export function makeSampleInput(): SampleInput {
  const { brewery, beer, profile, openbrewery } = generateSampleCsv({ ...options, reviews: 0 });
  const join = (chunks: Iterable<string>): string => [...chunks].join('');
  return { brewery: join(brewery), beer: join(beer), profile: join(profile), openbrewery: join(openbrewery), review: join(toCsv(review, recentReviews())) };
}

function* recentReviews() {
  for (const row of generateReviewRows(reviewOptions)) if (row.review_id > BigInt(first)) yield row;
}

/** Updates, inserts and deletes of the reviews of one of the five months (0 to 4), as NDJSON; another `seed`, other changes. */
export function makeReviewChanges(month: number, count: number, seed = 11): string {
  const { from, to } = months[month]!;
  return [...generateChanges({ seed, count, reviews: reviewOptions, from, to })].join('');
}

/** The key of the n-th file of a way in: each arrives a minute after the one before. */
export function batchKey(table: string, arrival: number): string {
  const uuid = `00000000-0000-4000-8000-${String(arrival).padStart(12, '0')}`;
  return formatRawKey({ table, way: 'batch', prefix: 'dm', at: new Date(Date.UTC(2013, 0, 1, 0, arrival)), uuid });
}

/** Text as a gzip body that `deliver` takes. */
export const gzipped = (text: string) => (): Uint8Array => gzipSync(text);
