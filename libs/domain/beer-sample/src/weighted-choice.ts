import { spread } from './random.ts';

/** A choice among indexes by weight, in constant time (Vose's alias method). */
export interface WeightedChoice {
  /** The index that two numbers of `drawAt` choose. */
  at(slotDraw: number, coinDraw: number): number;
}

/** Prepares a choice by weights, of which one at least is above zero. */
export function createWeightedChoice(weights: ArrayLike<number>): WeightedChoice {
  const count = weights.length;
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[i] as number;
  if (!(total > 0)) throw new RangeError(`${count} weights sum to ${total}; expected at least one weight above 0`);

  const share = Float64Array.from({ length: count }, (_, i) => ((weights[i] as number) * count) / total);
  const keep = new Float64Array(count).fill(2 ** 32);
  const alias = Int32Array.from({ length: count }, (_, i) => i);
  const small: number[] = [];
  const large: number[] = [];
  share.forEach((value, i) => (value < 1 ? small : large).push(i));
  while (small.length > 0 && large.length > 0) {
    const poor = small.pop() as number;
    const rich = large.pop() as number;
    keep[poor] = (share[poor] as number) * 2 ** 32;
    alias[poor] = rich;
    share[rich] = (share[rich] as number) + (share[poor] as number) - 1;
    ((share[rich]) < 1 ? small : large).push(rich);
  }
  return {
    at(slotDraw, coinDraw) {
      const slot = spread(slotDraw, count);
      return coinDraw < (keep[slot] as number) ? slot : (alias[slot] as number);
    },
  };
}

/**
 * Popularity by rank, most popular first: as one over the rank, flattened among the first `count / steepness` and
 * thinned out towards none at the end. At a steepness of 2,000 the first of 6,000 gets some 5 %, at 400 some 1 %.
 */
export function popularityByRank(count: number, steepness: number): Float64Array {
  const flat = Math.max(1, count / steepness);
  return Float64Array.from({ length: count }, (_, rank) => (count * 1.02 - rank) / ((rank + flat) * count));
}
