import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { EmbeddedLake } from './index.ts';
import { queryOne } from './testing/lake-content.ts';
import { batchKey, gzipped } from './testing/sample-input.ts';
import { inTemporaryHome, withLake } from './testing/temporary-home.ts';

/** Changes what the lake's database holds, from outside. */
function change(home: string, sql: string): void {
  const database = new DatabaseSync(join(home, 'lake.db'));
  database.exec(sql);
  database.close();
}

const makeDue = (home: string, name: string): void => change(home, `UPDATE schedules SET due_at_ms = 0 WHERE name = '${name}'`);

/** Rows of each layer. */
async function rowsOf(lake: EmbeddedLake): Promise<Record<string, number>> {
  const { tables } = await lake.state();
  const sum = (layer: string): number => tables.filter((table) => table.layer === layer).reduce((total, { rows }) => total + rows, 0);
  return { bronze: sum('bronze'), silver: sum('silver'), gold: sum('gold') };
}

const openbrewery = gzipped(`id,name,brewery_type,address_1,address_2,address_3,city,state_province,postal_code,country,phone,website_url,longitude,latitude
x,North,micro,,,,Berlin,Berlin,,Germany,,,,
`);

describe('the schedules of a lake', () => {
  test('do nothing before they are due; then each brings its layer up to date, without any event, and is done until its next time', async () => {
    await inTemporaryHome(async (target) => {
      await withLake(target, async (lake) => {
        await lake.deliver(batchKey('openbrewery', 1), openbrewery);
        await lake.runDue();
        expect(await rowsOf(lake)).toEqual({ bronze: 0, silver: 0, gold: 0 });
        makeDue(target.home, 'dm-processing-dispatcher');
        await lake.runDue();
        expect(await rowsOf(lake)).toEqual({ bronze: 1, silver: 1, gold: 0 });
        makeDue(target.home, 'dm-analytics-dispatcher');
        await lake.runDue();
        expect(await rowsOf(lake)).toEqual({ bronze: 1, silver: 1, gold: 1 });
        await lake.deliver(batchKey('openbrewery', 2), gzipped('{"operation":"delete","id":"x"}\n'));
        await lake.runDue();
        expect(await queryOne(lake, 'SELECT count(deleted_at) AS n FROM silver.openbrewery')).toEqual({ n: 0n });
      });
    });
  });

  test('give a claimed record back once its lease has ended, and not before', async () => {
    await inTemporaryHome(async (target) => {
      const claimUntil = (time: string): void =>
        change(target.home, `UPDATE control_records SET status = 'running', lease_owner = 'elsewhere', lease_until = '${time}' WHERE schema_name = 'dm_silver'`);
      await withLake(target, async (lake) => {
        await lake.deliver(batchKey('openbrewery', 1), openbrewery);
        await lake.process('gold');
        claimUntil('2999-01-01T00:00:00.000Z');
        makeDue(target.home, 'dm-lease-sweep');
        await lake.runDue();
        await lake.drain();
        expect((await lake.state()).control).toMatchObject({ running: 1, pending: 0 });
        claimUntil('2000-01-01T00:00:00.000Z');
        makeDue(target.home, 'dm-lease-sweep');
        await lake.runDue();
        await lake.drain();
        expect((await lake.state()).control).toMatchObject({ running: 0, pending: 0, error: 0 });
        expect(await rowsOf(lake)).toEqual({ bronze: 1, silver: 1, gold: 1 });
      });
    });
  });
});
