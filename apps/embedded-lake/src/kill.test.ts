import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listFiles } from './testing/home-files.ts';
import { makeEmptyLake, makeTwin, readAllRows } from './testing/lake-content.ts';
import { runLakeProgram } from './testing/lake-process.ts';
import { withLake, type TemporaryHome } from './testing/temporary-home.ts';

/** Each ends a process at the n-th line that begins so; together they lie in every stage. */
const rounds: [name: string, ends: [beginning: string, count: number][]][] = [
  ['raw, bronze and silver', [['opened', 1], ['delivered raw', 3], ['started bronze review', 1], ['finished bronze', 2], ['started silver review', 1], ['finished silver review', 1]]],
  ['derived and gold', [['started silver review_flat', 1], ['finished silver review_flat', 1], ['started gold', 2], ['finished gold', 3]]],
  ['changes', [['finished bronze review', 2], ['started silver review_flat', 2], ['started gold', 8]]],
];

describe('a lake whose process is killed', () => {
  let empty: TemporaryHome;
  let expected: Awaited<ReturnType<typeof readAllRows>>;

  beforeAll(async () => {
    empty = await makeEmptyLake();
    const undisturbed = await makeTwin(empty);
    const run = await runLakeProgram(undisturbed);
    expect(run).toMatchObject({ code: 0, errors: '' });
    expected = await withLake(undisturbed, readAllRows);
    await undisturbed.remove();
  });
  afterAll(() => empty.remove());

  test.each(rounds)('again and again in %s ends as one that ran undisturbed', async (_name, ends) => {
    const home = await makeTwin(empty);
    try {
      for (const [beginning, count] of ends) {
        const run = await runLakeProgram(home, (lines) => lines.filter((line) => line.startsWith(beginning)).length === count);
        expect({ beginning, signal: run.signal, errors: run.errors }).toEqual({ beginning, signal: 'SIGKILL', errors: '' });
      }
      const last = await runLakeProgram(home);
      expect(last).toMatchObject({ code: 0, errors: '' });
      await withLake(home, async (lake) => {
        expect((await lake.state()).control).toMatchObject({ pending: 0, running: 0, error: 0 });
        const actual = await readAllRows(lake);
        for (const [table, rows] of Object.entries(expected)) expect({ table, rows: actual[table] }).toEqual({ table, rows });
      });
      const left = (await listFiles(home.home)).filter((path) => path.startsWith('scratch/') || path.includes('/.writing/'));
      expect(left.map((path) => join(path))).toEqual([]);
    } finally {
      await home.remove();
    }
  });
});
