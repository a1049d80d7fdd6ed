import { describe, expect, test } from '@jest/globals';
import { pairwiseRatio, spreadOf } from './statistics.ts';

describe('spreadOf', () => {
  test('takes the middle of an odd number of values, in any order', () => {
    expect(spreadOf([9, 1, 100])).toEqual({ median: 9, min: 1, max: 100, count: 3 });
  });

  test('takes the mean of the two in the middle of an even number, sorted as numbers', () => {
    expect(spreadOf([10, 9, 2, 100])).toEqual({ median: 9.5, min: 2, max: 100, count: 4 });
  });

  test('leaves the values as they were', () => {
    const values = [3, 1, 2];
    spreadOf(values);
    expect(values).toEqual([3, 1, 2]);
  });

  test('refuses no values', () => {
    expect(() => spreadOf([])).toThrow('no values; expected at least one measured value');
  });
});

describe('pairwiseRatio', () => {
  test('divides neighbours, so that a slow spell of the machine does not show', () => {
    expect(pairwiseRatio([2, 20, 4], [1, 10, 2])).toEqual({ median: 2, min: 2, max: 2, count: 3 });
  });

  test('is the median of the ratios and not the ratio of the medians', () => {
    expect(pairwiseRatio([1, 6, 8], [1, 2, 8]).median).toBe(1);
  });

  test('refuses values without a pair, and nothing to divide by', () => {
    expect(() => pairwiseRatio([1, 2], [1])).toThrow('2 values against 1; expected pairs, measured in turn');
    expect(() => pairwiseRatio([1], [0])).toThrow('value 0 to divide by; expected more than 0');
  });
});
