import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { listFiles } from './testing/home-files.ts';
import { makeEmptyLake, makeTwin, queryOne, readAllRows } from './testing/lake-content.ts';
import { runLakeProgram } from './testing/lake-process.ts';
import { applyChanges, dropRaw } from './testing/raw-drop.ts';
import { batchKey, gzipped, inputTables } from './testing/sample-input.ts';
import { inTemporaryHome, withLake } from './testing/temporary-home.ts';

const breweries = 'brewery_id,brewery_name\n1,First\n2,Second\n';

/** Processes of a busy machine are slow to start. */
const manyProcessesMs = 240_000;

describe('the same work, offered again and again', () => {
  test('an object that is delivered fifty times at once has one record and one bronze object', async () => {
    await inTemporaryHome((home) => withLake(home, async (lake) => {
      const key = batchKey('brewery', 1);
      const deliveries = await Promise.allSettled(Array.from({ length: 50 }, () => lake.deliver(key, gzipped(breweries))));
      expect(deliveries.filter((delivery) => delivery.status === 'fulfilled' && delivery.value)).toHaveLength(1);
      expect(deliveries.filter((delivery) => delivery.status === 'rejected')).toEqual([]);
      await Promise.all(Array.from({ length: 50 }, () => lake.discover()));
      await Promise.all(Array.from({ length: 4 }, () => lake.drain()));
      const { control, tables } = await lake.state();
      expect(control).toEqual({ pending: 0, running: 0, success: 3, error: 0 });
      expect(tables.filter(({ rows }) => rows > 0).map(({ layer, rows, files }) => ({ layer, rows, files }))).toEqual([{ layer: 'bronze', rows: 2, files: 1 }, { layer: 'silver', rows: 2, files: 1 }]);
      expect(await listFiles(join(home.home, 'dm-datalake', 'bronze'))).toHaveLength(1);
    }));
  });

  test('the same content under another key is known and not taken again', async () => {
    await inTemporaryHome((home) => withLake(home, async (lake) => {
      await lake.deliver(batchKey('brewery', 1), gzipped(breweries));
      await lake.deliver(batchKey('brewery', 2), gzipped(breweries));
      await lake.drain();
      expect((await lake.state()).control).toEqual({ pending: 0, running: 0, success: 4, error: 0 });
      expect(await queryOne(lake, 'SELECT count(*) AS rows, count(DISTINCT _source_key) AS files FROM bronze.brewery')).toEqual({ rows: 2n, files: 1n });
    }));
  });

  test('a file that is replaced, before and after it was taken, ends in its last state', async () => {
    await inTemporaryHome((home) => withLake(home, async (lake) => {
      const row = (name: string) => `brewery_id,brewery_name\n1,${name}\n`;
      await dropRaw(lake, 'brewery/daily.csv', row('Never ingested'), 1);
      await lake.discover();
      await applyChanges(lake, 'brewery/daily.csv', row('First state'), 2);
      expect(await lake.query('SELECT brewery_name FROM silver.brewery')).toEqual([{ brewery_name: 'First state' }]);
      await applyChanges(lake, 'brewery/daily.csv', row('Second state'), 3);
      expect(await lake.query('SELECT brewery_name FROM silver.brewery')).toEqual([{ brewery_name: 'Second state' }]);
      expect(await lake.query('SELECT brewery_name FROM bronze.brewery ORDER BY _commit_time')).toEqual([{ brewery_name: 'First state' }, { brewery_name: 'Second state' }]);
      expect((await lake.state()).control).toMatchObject({ pending: 0, running: 0, error: 0 });
    }));
  });

  test('two processes that work on one home at once do each piece of work once', async () => {
    const empty = await makeEmptyLake();
    const [alone, shared] = [await makeTwin(empty), await makeTwin(empty)];
    try {
      expect(await runLakeProgram(alone)).toMatchObject({ code: 0, errors: '' });
      const expected = await withLake(alone, readAllRows);
      for (const run of await Promise.all([runLakeProgram(shared), runLakeProgram(shared)])) expect(run).toMatchObject({ code: 0, errors: '' });
      await withLake(shared, async (lake) => {
        await lake.drain();
        const { control, tables } = await lake.state();
        expect(control).toMatchObject({ pending: 0, running: 0, error: 0 });
        expect(tables.filter(({ layer }) => layer === 'bronze').reduce((sum, { files }) => sum + files, 0)).toBe(inputTables.length + 3);
        expect(await readAllRows(lake)).toEqual(expected);
      });
    } finally {
      await Promise.all([empty, alone, shared].map((home) => home.remove()));
    }
  }, manyProcessesMs);
});
