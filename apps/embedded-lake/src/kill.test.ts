import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listFiles } from './testing/home-files.ts';
import { makeEmptyLake, makeTwin, readAllRows } from './testing/lake-content.ts';
import { runLakeProgram, type Kill } from './testing/lake-process.ts';
import { withLake, type TemporaryHome } from './testing/temporary-home.ts';

const line = (beginning: string, nth = 1): Kill => ({ line: beginning, nth });
const commits = (...counts: number[]): Kill[] => counts.map((commit) => ({ commit }));

/** One home each, whose processes are killed one after the other. */
const rounds: [name: string, kills: Kill[]][] = [
  ['in raw, bronze and silver', [line('opened'), line('delivered raw', 3), line('started bronze review'), line('finished bronze', 2), line('started silver review'), line('finished silver review')]],
  ['in review_flat and gold, then while changes come', [line('started silver review_flat'), line('started gold', 2), line('finished bronze review'), line('started silver review_flat'), line('started gold', 3)]],
  ['between any two commits to the database', commits(44, 47, 61, 78, 100)],
];

/** Processes of a busy machine are slow to start. */
const manyProcessesMs = 240_000;

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

  test.each(rounds)('again and again %s ends as one that ran undisturbed', async (_name, kills) => {
    const home = await makeTwin(empty);
    try {
      for (const kill of kills) {
        const { signal, errors } = await runLakeProgram(home, kill);
        expect({ kill, signal, errors }).toEqual({ kill, signal: 'SIGKILL', errors: '' });
      }
      const last = await runLakeProgram(home);
      expect(last).toMatchObject({ code: 0, errors: '' });
      await withLake(home, async (lake) => {
        expect((await lake.state()).control).toMatchObject({ pending: 0, running: 0, error: 0 });
        const actual = await readAllRows(lake);
        for (const [table, rows] of Object.entries(expected)) expect({ table, rows: actual[table] }).toEqual({ table, rows });
      });
      const left = (await listFiles(home.home)).filter((path) => path.startsWith('scratch/') || path.includes('/.writing/'));
      expect(left).toEqual([]);
    } finally {
      await home.remove();
    }
  }, manyProcessesMs);
});
