import { describe, expect, test } from '@jest/globals';
import { chooseEngine } from './engine-choice.ts';

describe('choosing the engine of a plan', () => {
  const memorySizeBytes = 100 * 2 ** 20;

  test.each([
    [0, 'duckdb'],
    [1_000 * 2 ** 20, 'duckdb'],
    [1_000 * 2 ** 20 + 1, 'spark'],
  ])('%d bytes for 100 MB of memory go to %s', (inputSizeBytes, engine) => {
    expect(chooseEngine({ inputSizeBytes, rows: 5, memorySizeBytes }).engine).toBe(engine);
  });

  test('says what was measured against what', () => {
    expect(chooseEngine({ inputSizeBytes: 3 * 2 ** 20, rows: 7, memorySizeBytes }).reason).toBe('7 rows in 3 MB are within 1000 MB, 10 times the memory that DuckDB has');
  });
});
