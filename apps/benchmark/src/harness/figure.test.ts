import { describe, expect, test } from '@jest/globals';
import { formatFigures, formatQuantity, meetsTarget } from './figure.ts';

describe('meetsTarget', () => {
  test('takes the target itself as met, more as missed, and says nothing without one', () => {
    expect([{ value: 2, target: 2 }, { value: 2.01, target: 2 }, { value: 2 }].map(meetsTarget)).toEqual([true, false, undefined]);
  });
});

describe('formatQuantity', () => {
  test.each([[1.849, '×', '1.85×'], [12.34, 's', '12.3 s'], [345.6, 'MB', '346 MB'], [0.5, 'MB', '1 MB'], [123.4, 's', '123 s']] as const)('writes %d %s as %s', (value, unit, text) => {
    expect(formatQuantity(value, unit)).toBe(text);
  });
});

describe('formatFigures', () => {
  test('lines up what was measured with targets, marks and notes', () => {
    const text = formatFigures([
      { id: 'a', what: 'ingest', unit: '×', value: 1.5, target: 2, note: 'rows', spread: { median: 1.5, min: 1.4, max: 1.75, count: 5 } },
      { id: 'b', what: 'memory', unit: 'MB', value: 400, target: 350, note: 'highest of 5 runs' },
      { id: 'c', what: 'merge', unit: 's', value: 0.7, note: 'once' },
    ]);
    expect(text.split('\n')).toEqual([
      'ingest   1.50×   ≤ 2.00×  ✓  rows; 5 runs, 1.40× to 1.75×',
      'memory  400 MB  ≤ 350 MB  ✗  highest of 5 runs',
      'merge   0.70 s               once',
    ]);
  });
});
