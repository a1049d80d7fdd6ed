import type { review } from '@data-master/beer-lake';
import type { RowOf } from '@data-master/table-contracts';
import { createReviewBatch, createReviewSource, type ReviewBatch, type ReviewOptions } from './review-source.ts';

export type ReviewRow = RowOf<typeof review.columns>;

/** Half points as text with one decimal; null is empty. */
export const scoreTexts: readonly string[] = Array.from({ length: 11 }, (_, half) => (half === 0 ? '' : `${Math.floor(half / 2)}.${half % 2 === 0 ? 0 : 5}`));
const pairTexts = Array.from({ length: 16 * 16 }, (_, pair) => `${scoreTexts[pair >>> 4] ?? ''},${scoreTexts[pair & 15] ?? ''},`);
const header = 'review_id,brewery_id,beer_id,profile_id,review_overall,review_aroma,review_appearance,review_palate,review_taste,review_time\n';
/** Rows of a chunk of text, some 60 KB. */
const chunkRows = 1024;

/**
 * Writes reviews as CSV in chunks of some 60 KB, the header in the first. Ascending by review_id, and almost by
 * review_time. The row-wise equal is `generateReviewRows`.
 */
export function* generateReviews(options: ReviewOptions): Generator<string, void, undefined> {
  const beerTexts = options.beers.map(({ beer_id, brewery_id }) => `,${brewery_id},${beer_id},`);
  const profileTexts = options.profileIds.map((id) => `${id},`);
  let text = header;
  for (const { batch, reviewId } of reviewBatches(options)) {
    const { beer, profile, overall, aroma, appearance, palate, taste, time } = batch;
    for (let i = 0; i < batch.length; i++) {
      text += String(reviewId + i) + beerTexts[beer[i]!]! + profileTexts[profile[i]!]!
        + pairTexts[(overall[i]! << 4) | aroma[i]!]! + pairTexts[(appearance[i]! << 4) | palate[i]!]! + scoreTexts[taste[i]!]! + ',' + String(time[i]) + '\n';
    }
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

/** The reviews that `generateReviews` writes, as rows of the contract. */
export function* generateReviewRows(options: ReviewOptions): Generator<ReviewRow, void, undefined> {
  for (const { batch, reviewId } of reviewBatches(options)) {
    for (let i = 0; i < batch.length; i++) yield reviewRow(options, batch, i, reviewId + i);
  }
}

/** One review of a batch as a row of the contract. */
export function reviewRow({ beers, profileIds }: ReviewOptions, batch: ReviewBatch, index: number, reviewId: number): ReviewRow {
  const { beer_id, brewery_id } = beers[batch.beer[index]!]!;
  return {
    review_id: BigInt(reviewId),
    brewery_id,
    beer_id,
    profile_id: profileIds[batch.profile[index]!]!,
    review_overall: scoreOf(batch.overall[index]!),
    review_aroma: scoreOf(batch.aroma[index]!),
    review_appearance: scoreOf(batch.appearance[index]!),
    review_palate: scoreOf(batch.palate[index]!),
    review_taste: scoreOf(batch.taste[index]!),
    review_time: BigInt(batch.time[index]!),
  };
}

function scoreOf(half: number): string | null {
  return half === 0 ? null : scoreTexts[half]!;
}

function* reviewBatches(options: ReviewOptions): Generator<{ batch: ReviewBatch; reviewId: number }, void, undefined> {
  const source = createReviewSource(options);
  const batch = createReviewBatch(chunkRows);
  for (let from = 0; from < options.count; from += chunkRows) {
    source.fill(batch, from, options.count);
    yield { batch, reviewId: (options.firstReviewId ?? 1) + from };
  }
}
