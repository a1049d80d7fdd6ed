import { describe, expect, test } from '@jest/globals';
import { createProgress } from './progress.ts';
import { formatBytes, formatCell, formatCsv, formatExact, formatJson, formatTable } from './text-table.ts';

describe('tables', () => {
  test('numbers stand to the right, text to the left, null is empty', () => {
    expect(formatTable([{ name: 'a', n: 1_000 }, { name: null, n: 20 }])).toBe('name      n\n────  ─────\na     1,000\n         20');
  });

  test('exact cells keep every digit and stay on their line', () => {
    expect(formatTable([{ id: 12_345n, score: 0.123_456, text: 'a\nb' }], { cell: formatExact })).toBe('   id     score  text\n─────  ────────  ────\n12345  0.123456  a\\nb');
  });

  test.each([[1_234_567n, '1,234,567'], [0.5, '0.50'], ['x'.repeat(50), `${'x'.repeat(39)}…`], [null, '']])('a cell for a person: %p is %p', (value, text) => {
    expect(formatCell(value)).toBe(text);
  });
});

describe('machine formats', () => {
  test('CSV quotes what needs it and keeps null apart from the empty text', () => {
    expect(formatCsv([{ a: 'x,"y"', b: null, c: '', d: 1n }])).toBe('a,b,c,d\n"x,""y""",,"",1');
  });

  test('JSON writes a bigint as a number where that is exact, else as text', () => {
    expect(formatJson({ small: 5n, large: 9_007_199_254_740_993n, nan: Number.NaN })).toBe('{"small":5,"large":"9007199254740993","nan":"NaN"}');
  });

  test.each([[999, '999 B'], [1_500, '1.5 kB'], [72_074_164, '72.1 MB']])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('progress', () => {
  const written = (isTTY: boolean, use: (progress: ReturnType<typeof createProgress>) => void): string => {
    let text = '';
    let now = 0;
    use(createProgress({ isTTY, write: (part: string) => (text += part) } as unknown as NodeJS.WriteStream, () => (now += 1_000)));
    return text;
  };

  test('a terminal gets a bar that is redrawn', () => {
    const text = written(true, (progress) => { progress.started('bronze', 'beer'); progress.progressed('bronze', 'beer', 50, 100); });
    expect(text).toContain('████████████░░░░░░░░░░░░  50 %');
  });

  test('a file gets a plain line for each finished step, and none for what had nothing to do', () => {
    const text = written(false, (progress) => {
      progress.started('silver', 'beer');
      progress.progressed('silver', 'beer', 1, 2);
      progress.finished('silver', 'beer', 'refined');
      progress.finished('gold', 'beer', 'idle');
    });
    expect(text).toMatch(/^✓ silver beer +1\.0 s\n$/);
  });

  test('failures are counted and say why', () => {
    let failures = 0;
    const text = written(false, (progress) => {
      progress.finished('bronze', 'beer', 'failed', { status: 'error', error_message: 'gzip ends early', rejected_count: 0 } as never);
      failures = progress.failures;
    });
    expect(failures).toBe(1);
    expect(text).toContain('✗ bronze beer');
    expect(text).toContain('gzip ends early');
  });
});
