import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeEmptyLake, makeTwin, readAllRows } from './testing/lake-content.ts';
import { batchKey, gzipped, inputTables, makeSampleInput } from './testing/sample-input.ts';
import { makeTemporaryHome, withLake, type TemporaryHome } from './testing/temporary-home.ts';

let home: TemporaryHome;
const smallFiles = 6;

beforeAll(async () => {
  home = await makeTemporaryHome();
  home.environment['DM_MAINTAIN_AFTER_COMMIT'] = 'false';
  const input = makeSampleInput();
  await withLake(home, async (lake) => {
    for (const [arrival, table] of inputTables.entries()) await lake.deliver(batchKey(table, arrival), gzipped(input[table]));
    await lake.drain();
    for (let file = 0; file < smallFiles; file += 1) {
      await lake.deliver(batchKey('brewery', 50 + file), gzipped(`brewery_id,brewery_name\n${9_000 + file},New ${file}\n`));
      await lake.drain();
    }
  });
});
afterAll(() => home.remove());

const measureOf = async (lake: Parameters<Parameters<typeof withLake>[1]>[0], options: { dryRun?: boolean }) => (await lake.maintain({ tables: ['silver.brewery'], ...options }))[0]!.report;

describe('maintaining a lake', () => {
  test('measures first, compacts what is worth it, keeps every row, and then finds nothing to do', async () => {
    await withLake(home, async (lake) => {
      const rows = await readAllRows(lake);
      const measured = await measureOf(lake, { dryRun: true });
      expect(measured.before.small_files).toBe(1 + smallFiles);
      expect(await measureOf(lake, { dryRun: true })).toEqual(measured);
      const maintained = await measureOf(lake, {});
      expect(maintained).toMatchObject({ before: measured.before, after: { files: 1, small_files: 0 } });
      expect(measured.after).toMatchObject({ files: 1, small_files: 0, snapshots: maintained.after.snapshots });
      expect((await lake.maintain()).map(({ table }) => table)).toContain('gold.top_drinkers');
      expect(await measureOf(lake, {})).toMatchObject({ before: maintained.after, after: maintained.after });
      expect(await readAllRows(lake)).toEqual(rows);
    });
  });

  test('goes on with changes afterwards', async () => {
    await withLake(home, async (lake) => {
      await lake.deliver(batchKey('brewery', 70), gzipped('{"operation":"delete","brewery_id":9000}\n'));
      await lake.drain();
      expect(await lake.query('SELECT count(*) AS n FROM silver.brewery WHERE brewery_id >= 9000 AND deleted_at IS NULL')).toEqual([{ n: BigInt(smallFiles - 1) }]);
    });
  });

  test('refuses a table that there is not', async () => {
    await withLake(home, async (lake) => {
      await expect(lake.maintain({ tables: ['silver.nothing'] })).rejects.toThrow('expected some of silver.brewery');
    });
  });
});

describe('a lake with many small changes', () => {
  test('keeps its tables in order by itself, logs what it did, and ends with the rows of one that is left alone', async () => {
    const cared = await makeEmptyLake();
    const alone = await makeTwin(cared);
    alone.environment['DM_MAINTAIN_AFTER_COMMIT'] = 'false';
    const run = (target: TemporaryHome) => withLake(target, async (lake) => {
      for (let file = 0; file < 7; file += 1) {
        await lake.deliver(batchKey('brewery', file), gzipped(`brewery_id,brewery_name\n${file},New ${file}\n`));
        await lake.drain();
      }
      const { files } = (await lake.state()).tables.find(({ layer, table }) => layer === 'silver' && table === 'brewery')!;
      const { 'silver.brewery': rows } = await readAllRows(lake);
      return { files, rows };
    });
    const [first, second] = [await run(cared), await run(alone)];
    expect(first.rows).toEqual(second.rows);
    expect(first.files).toBeLessThanOrEqual(3);
    expect(second.files).toBe(7);
    const events = (await readFile(join(cared.home, 'logs', 'lake.ndjson'), 'utf8')).split('\n').filter((line) => line.includes('"table.maintained"') && line.includes('"brewery"'));
    expect(events.length).toBeGreaterThan(0);
    await Promise.all([cared.remove(), alone.remove()]);
  });
});
