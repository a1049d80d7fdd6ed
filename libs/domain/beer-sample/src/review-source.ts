import { createRandom, drawAt, shuffledIndexes, spread, streamKeys } from './random.ts';
import { planReviewMonths, secondAt, type ReviewMonth } from './review-calendar.ts';
import { createWeightedChoice, popularityByRank } from './weighted-choice.ts';

/** A beer that reviews may be about. */
export interface ReviewedBeer {
  beer_id: bigint;
  brewery_id: bigint;
}

/** What decides a sequence of reviews: the same values give the same reviews, whatever part of them is asked for. */
export interface ReviewOptions {
  seed: number;
  count: number;
  beers: readonly ReviewedBeer[];
  profileIds: readonly bigint[];
  /** Identifier of the first review; the others follow without a gap. Default 1. */
  firstReviewId?: number;
}

/** Reviews as columns. Scores count half points (9 is 4.5) and 0 is null; beers and accounts are indexes of the options' lists. */
export interface ReviewBatch {
  length: number;
  beer: Int32Array;
  profile: Int32Array;
  overall: Uint8Array;
  aroma: Uint8Array;
  appearance: Uint8Array;
  palate: Uint8Array;
  taste: Uint8Array;
  time: Int32Array;
}

export interface ReviewSource {
  months: readonly ReviewMonth[];
  /** Fills the batch with the reviews from position `from` on, at most up to `to`. */
  fill(batch: ReviewBatch, from: number, to: number): void;
}

/** Relative frequency of review_overall from 1.0 to 5.0 in half points. */
export const overallWeights = [98, 149, 393, 492, 1261, 1981, 3466, 1754, 421] as const;

const drawsPerReview = 8;
/** Every overall score as often as its weight says, worst first. */
const overallByQuantile = Uint8Array.from(overallWeights.flatMap((weight, index) => Array.from({ length: weight }, () => index + 2)));
/** Half points by which another score differs from the overall one, for a byte. */
const differenceOfByte = Int8Array.from([-2, -1, 0, 1, 2].flatMap((step, i) => Array.from({ length: [12, 58, 116, 58, 12][i] as number }, () => step)));
const qualityBands = 8;
/** Quality band by popularity rank modulo the bands: neighbours in rank differ, so that no band is the popular one. */
const bandOfRank = [5, 2, 7, 0, 4, 3, 6, 1];
/** One draw in 2^29 below this makes one of the four other scores null: one in a thousand of each. */
const nullThreshold = Math.floor((4 * 2 ** 29) / 1000);

/** Room for `length` reviews. */
export function createReviewBatch(length: number): ReviewBatch {
  const scores = (): Uint8Array => new Uint8Array(length);
  return {
    length,
    beer: new Int32Array(length), profile: new Int32Array(length),
    overall: scores(), aroma: scores(), appearance: scores(), palate: scores(), taste: scores(),
    time: new Int32Array(length),
  };
}

/** Prepares the sequence of reviews that the options describe. */
export function createReviewSource({ seed, count, beers, profileIds }: ReviewOptions): ReviewSource {
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`count is ${count}; expected a whole number of reviews`);
  if (count > 0 && (beers.length === 0 || profileIds.length === 0)) {
    throw new RangeError(`${beers.length} beers and ${profileIds.length} profiles to review ${count} times; expected some of each`);
  }
  const months = planReviewMonths(count);
  if (count === 0) return { months, fill: (batch) => { batch.length = 0; } };

  const keys = streamKeys(seed, 'review');
  const beerChoice = createWeightedChoice(popularityByRank(beers.length, 2000));
  const profileChoice = createWeightedChoice(popularityByRank(profileIds.length, 400));
  const beerOfRank = shuffledIndexes(beers.length, createRandom(seed, 'beer popularity'));
  const profileOfRank = shuffledIndexes(profileIds.length, createRandom(seed, 'profile activity'));
  const quantiles = overallByQuantile.length;

  const fill = (batch: ReviewBatch, from: number, to: number): void => {
    const { beer, profile, overall, aroma, appearance, palate, taste, time } = batch;
    const length = Math.max(0, Math.min(beer.length, Math.min(to, count) - from));
    batch.length = length;
    let monthIndex = months.findIndex((month) => from < month.to);
    let month = months[monthIndex] as ReviewMonth;
    for (let i = 0; i < length; i++) {
      const position = from + i;
      const draw = position * drawsPerReview;
      while (position >= month.to) month = months[++monthIndex] as ReviewMonth;

      const coin = drawAt(keys, draw);
      const rank = beerChoice.at(drawAt(keys, draw + 1), coin);
      beer[i] = beerOfRank[rank] as number;
      profile[i] = profileOfRank[profileChoice.at(drawAt(keys, draw + 2), drawAt(keys, draw + 3))] as number;

      const rare = drawAt(keys, draw + 4);
      const quantile = spread(drawAt(keys, draw + 5), quantiles);
      const band = bandOfRank[rank % qualityBands] as number;
      // three reviews in eight agree with the quality of the beer, the others are anything
      const score = overallByQuantile[(rare & 7) < 3 ? Math.floor((band * quantiles + quantile) / qualityBands) : quantile] as number;
      const differences = drawAt(keys, draw + 6);
      overall[i] = score;
      aroma[i] = near(score, differences & 255);
      appearance[i] = near(score, (differences >>> 8) & 255);
      palate[i] = near(score, (differences >>> 16) & 255);
      taste[i] = near(score, differences >>> 24);
      if (rare >>> 3 < nullThreshold) [aroma, appearance, palate, taste][(rare >>> 3) & 3]![i] = 0;

      // a review takes a place up to eight after its own, so identifiers follow the time closely and not exactly
      const place = position - month.from + (drawAt(keys, draw + 7) / 2 ** 32) * 8;
      time[i] = secondAt(month, place / (month.to - month.from + 8));
    }
  };
  return { months, fill };
}

function near(score: number, byte: number): number {
  const other = score + (differenceOfByte[byte] as number);
  return other < 2 ? 2 : other > 10 ? 10 : other;
}
