import { describe, expect, test } from '@jest/globals';
import { formatFigures, formatMarkdown, formatQuantity, meetsTarget } from './figure.ts';

describe('meetsTarget', () => {
  test('takes the target itself as met, more as missed, and says nothing without one', () => {
    expect([{ value: 2, target: 2 }, { value: 2.01, target: 2 }, { value: 2 }].map(meetsTarget)).toEqual([true, false, undefined]);
  });

  test('takes less as missed where the target is the least', () => {
    expect([5, 4.9].map((value) => meetsTarget({ value, target: 5, atLeast: true }))).toEqual([true, false]);
  });
});

describe('formatQuantity', () => {
  test.each([[1.849, '×', '1.85×'], [12.34, 's', '12.3 s'], [345.6, 'MB', '346 MB'], [0.5, 'MB', '0.50 MB'], [17, '', '17'], [4.2, 'ms', '4.20 ms'], [123.4, 's', '123 s']] as const)('writes %d %s as %s', (value, unit, text) => {
    expect(formatQuantity(value, unit)).toBe(text);
  });
});

describe('formatMarkdown', () => {
  test('gives each figure a row with its target and its ends', () => {
    const spread = { median: 6, min: 5.5, max: 7, count: 3 };
    expect(formatMarkdown([{ id: 'a', what: 'Spark / ours', unit: '×', value: 6, target: 5, atLeast: true, note: 'in turn', spread }]).split('\n').at(-1))
      .toBe('| Spark / ours | 6.00× | ≥ 5.00× | in turn; 3 runs, 5.50× to 7.00× |');
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
