import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EmbeddedLake } from './index.ts';
import { readControlRecords } from './testing/control-records.ts';
import { listFiles } from './testing/home-files.ts';
import { makeEmptyLake, makeTwin, readAllRows } from './testing/lake-content.ts';
import { runLakeProgram } from './testing/lake-process.ts';
import { batchKey, gzipped } from './testing/sample-input.ts';
import { mountSmallDisk } from './testing/small-disk.ts';
import { withLake, type TemporaryHome } from './testing/temporary-home.ts';

const disk = mountSmallDisk(24);
const testOnDisk = disk ? test : test.skip;
/** Enough for the database to note what failed, not enough for the breweries, whose names do not compress. */
const littleRoomBytes = 1_000_000;
const manyBreweries = `brewery_id,brewery_name\n${Array.from({ length: 60_000 }, (_, id) => `${id},${createHash('sha256').update(`${id}`).digest('base64')}\n`).join('')}`;

/** Processes of a busy machine are slow to start. */
const manyProcessesMs = 240_000;

/** Works until a piece of work has the outcome; returns its stage and table. */
async function workUntil(outcome: string, lake: EmbeddedLake): Promise<string> {
  const stop = new AbortController();
  let where = 'nowhere';
  const finished = (stage: string, table: string, actual: string): void => {
    if (actual !== outcome) return;
    where = `${stage} ${table}`;
    stop.abort();
  };
  await lake.drain({ signal: stop.signal, observer: { started: () => {}, progressed: () => {}, finished } });
  return where;
}

describe('a lake on a disk that is full', () => {
  let empty: TemporaryHome;
  let expected: Awaited<ReturnType<typeof readAllRows>>;

  beforeAll(async () => {
    empty = await makeEmptyLake();
    const roomy = await makeTwin(empty);
    expect(await runLakeProgram(roomy)).toMatchObject({ code: 0 });
    expected = await withLake(roomy, readAllRows);
    await roomy.remove();
  });
  afterAll(async () => {
    await empty.remove();
    disk?.remove();
  });

  testOnDisk.each([20_000, 300_000])('with %d bytes left ends with what to do, and goes on once there is room', async (freeBytes) => {
    const home = await makeTwin(empty, disk!.path);
    try {
      await disk!.fillUpTo(freeBytes);
      const run = await runLakeProgram(home);
      expect({ code: run.code, errors: run.errors }).toEqual({ code: 1, errors: expect.stringMatching(/TransientError: .+free disk space, then repeat/) as unknown });
      await disk!.free();
      expect(await runLakeProgram(home)).toMatchObject({ code: 0, errors: '' });
      await withLake(home, async (lake) => {
        expect((await lake.state()).control).toMatchObject({ pending: 0, running: 0, error: 0 });
        expect(await readAllRows(lake)).toEqual(expected);
      });
    } finally {
      await disk!.free();
      await home.remove();
    }
  }, manyProcessesMs);

  testOnDisk('notes what has no room, leaves no part of it, and does it when there is room', async () => {
    const home = await makeTwin(empty, disk!.path);
    try {
      await withLake(home, async (lake) => {
        await lake.deliver(batchKey('brewery', 1), gzipped(manyBreweries));
        for (const [where, folder] of [['bronze brewery', 'dm-datalake/bronze/'], ['silver brewery', 'dm-datalake/silver/brewery/data/']] as const) {
          await disk!.fillUpTo(littleRoomBytes);
          expect(await workUntil('failed', lake)).toBe(where);
          expect(await readControlRecords(home.home, { status: 'pending' })).toMatchObject([{ attempt_count: 1, error_message: expect.stringMatching(/; free disk space, then repeat$/) as unknown }]);
          expect((await listFiles(home.home)).filter((file) => file.startsWith(folder) || file.startsWith('scratch/') || file.includes('.writing/'))).toEqual([]);
          await disk!.free();
          await workUntil('success', lake);
        }
        await lake.drain();
        expect(await lake.query('SELECT count(*) AS rows FROM silver.brewery')).toEqual([{ rows: 60_000n }]);
        expect((await lake.state()).control).toMatchObject({ pending: 0, running: 0, error: 0 });
      });
    } finally {
      await disk!.free();
      await home.remove();
    }
  });
});
