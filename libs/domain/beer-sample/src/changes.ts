import { createRandom } from './random.ts';
import { createReviewBatch, createReviewSource, type ReviewOptions } from './review-source.ts';
import { reviewRow, scoreTexts, type ReviewRow } from './reviews.ts';

/** Changes of a sequence of reviews, and how many of each kind. */
export interface ChangeOptions {
  seed: number;
  /** Number of changes. */
  count: number;
  /** The reviews that exist. */
  reviews: ReviewOptions;
  /** Half-open range of positions, from 0, of the reviews that change; default all. See `planReviewMonths`. */
  from?: number;
  to?: number;
  /** Parts in a thousand; default 100 deletes and 200 inserts, the rest updates. */
  deletesPerMille?: number;
  insertsPerMille?: number;
}

/** A change of a review; a delete carries the identifier alone. */
export type ReviewChange =
  | ({ operation: 'update' | 'insert' } & ReviewRow)
  | { operation: 'delete'; review_id: bigint };

/**
 * Generates changes of existing reviews, no review twice. Updates give every score anew and keep the rest. Inserts are
 * numbered after the last review and repeat the beer, account and time of a review in the range, so that they fall into
 * the same months.
 */
export function* generateReviewChanges(options: ChangeOptions): Generator<ReviewChange, void, undefined> {
  const { seed, count, reviews, from = 0, to = reviews.count, deletesPerMille = 100, insertsPerMille = 200 } = options;
  if (!(from >= 0 && to <= reviews.count && to - from >= count)) {
    throw new RangeError(`${count} changes in reviews ${from} to ${to} of ${reviews.count}; expected a range of at least ${count} existing reviews`);
  }
  const random = createRandom(seed, 'change');
  const source = createReviewSource(reviews);
  const batch = createReviewBatch(1);
  const firstReviewId = reviews.firstReviewId ?? 1;
  let insertId = firstReviewId + reviews.count;
  const half = (): string => scoreTexts[2 + random.below(9)]!;
  for (let change = 0; change < count; change++) {
    const lowest = from + Math.floor((change * (to - from)) / count);
    const next = from + Math.floor(((change + 1) * (to - from)) / count);
    const position = lowest + random.below(next - lowest);
    const kind = random.below(1000);
    if (kind < deletesPerMille) {
      yield { operation: 'delete', review_id: BigInt(firstReviewId + position) };
      continue;
    }
    source.fill(batch, position, position + 1);
    const inserted = kind < deletesPerMille + insertsPerMille;
    const row = reviewRow(reviews, batch, 0, inserted ? insertId++ : firstReviewId + position);
    const scores = { review_overall: half(), review_aroma: half(), review_appearance: half(), review_palate: half(), review_taste: half() };
    yield { operation: inserted ? 'insert' : 'update', ...row, ...scores };
  }
}

/** The changes as NDJSON, one object and line feed per element; numbers are written as numbers. */
export function* generateChanges(options: ChangeOptions): Generator<string, void, undefined> {
  for (const change of generateReviewChanges(options)) {
    const fields = Object.entries(change).map(([name, value]) => `"${name}":${name === 'operation' ? `"${value}"` : String(value)}`);
    yield `{${fields.join(',')}}\n`;
  }
}
