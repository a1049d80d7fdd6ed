/** Middle and ends of some measured values. */
export interface Spread {
  median: number;
  min: number;
  max: number;
  count: number;
}

/** The spread of at least one value; of an even number the median is the mean of the two in the middle. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const low = sorted[Math.floor(middle)];
  const high = sorted[Math.ceil(middle)];
  if (low === undefined || high === undefined) throw new RangeError('no values; expected at least one measured value');
  return { median: (low + high) / 2, min: sorted[0]!, max: sorted.at(-1)!, count: sorted.length };
}

/**
 * The spread of the ratios of values measured in turn, each to its neighbour: what slows the machine for a while slows
 * both and leaves their ratio alone.
 */
export function pairwiseRatio(numerators: readonly number[], denominators: readonly number[]): Spread {
  if (numerators.length !== denominators.length) {
    throw new RangeError(`${numerators.length} values against ${denominators.length}; expected pairs, measured in turn`);
  }
  return spreadOf(numerators.map((value, index) => {
    const other = denominators[index]!;
    if (!(other > 0)) throw new RangeError(`value ${other} to divide by; expected more than 0`);
    return value / other;
  }));
}
