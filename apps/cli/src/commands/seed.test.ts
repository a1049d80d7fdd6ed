import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endAll, noneLeft } from '../testing/lake-processes.ts';
import { runDm, startDm } from '../testing/run-dm.ts';

let root: string;
const dm = (...args: string[]) => runDm([...args, '--home', join(root, 'lake')], { DM_KEYS: join(root, 'keys') }, root);
const lastJson = (stdout: string): unknown => JSON.parse(stdout.trim().split('\n').at(-1)!);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dm-seed-'));
  await mkdir(join(root, 'data'));
  await writeFile(join(root, 'data', 'brewery.csv'), 'brewery_name,brewery_id\nSeven,7\n');
  await writeFile(join(root, 'data', 'beer.csv.gz'), gzipSync('beer_id,brewery_id,beer_name,beer_style,beer_abv\n1,7,One,Altbier,4.5\n2,7,Two,Altbier,strong\n3,7,Three,,\n'));
});
afterAll(async () => {
  await endAll(root);
  await rm(root, { recursive: true, force: true });
});

describe('dm seed', () => {
  test('loads rows that are generated into the database of the lake, and stops it again', async () => {
    const seeded = { table: 'review', loaded: 500, present: 0, from: 'seed 1' };
    expect(lastJson((await dm('seed', '--reviews', '500', '--json')).stdout)).toMatchObject({ tables: [{ table: 'brewery', loaded: 600 }, { table: 'beer', loaded: 6000 }, { table: 'profile', loaded: 3000 }, seeded] });
    await noneLeft(join(root, 'lake'));
    expect(lastJson((await dm('seed', '--reviews', '500', '--table', 'review', '--json')).stdout)).toEqual({ tables: [{ ...seeded, loaded: 0, present: 500 }] });
  }, 120_000);

  test('loads files by the names in their header; of a table with a row that does not fit, nothing', async () => {
    const { exitCode, stdout, stderr } = await dm('seed', '--data', 'data');
    expect(stderr).toContain('✓ brewery    0 rows');
    expect(stderr).toContain('✗ data/beer.csv.gz line 3: beer_abv is "strong" that does not fit');
    expect(stderr).toContain('✗ data/beer.csv.gz line 4: beer_style is empty');
    expect(stderr).toContain('2 of 3 rows of data/beer.csv.gz do not fit beer; expected all to; nothing of it was loaded');
    expect([exitCode, stdout]).toEqual([1, '']);
  }, 120_000);

  test.each([
    [['seed', '--table', 'openbrewery'], 1, 'table openbrewery is not in the operational database; expected some of brewery, beer, profile, review'],
    [['seed', '--data', 'nowhere'], 1, 'folder nowhere holds no file of a table; expected some of brewery.csv'],
    [['stream', '--duration', '5 minutes'], 2, 'as 30s, 5m or 1h'],
    [['stream', '--rps', '0'], 2, 'whole number from 1'],
    [['stream', '--quality', 'good'], 2, 'high'],
  ])('dm %j ends with %d and says %j', async (args, exitCode, message) => {
    const result = await dm(...args);
    expect([result.exitCode, result.stderr]).toEqual([exitCode, expect.stringContaining(message)]);
  }, 60_000);
});

describe('dm stream', () => {
  test('changes rows; what is bad of it is in quarantine, and nothing else is', async () => {
    const up = startDm(['up', '--source', 'postgres', '--home', join(root, 'lake')], { DM_KEYS: join(root, 'keys') });
    await up.said('postgres: following changes');
    const { exitCode, stdout } = await dm('stream', '--rps', '200', '--duration', '2s', '--quality', 'low', '--json');
    const report = lastJson(stdout) as Record<'operations' | 'insert' | 'update' | 'delete' | 'bad' | 'missed', number>;
    expect([exitCode, report]).toMatchObject([0, { errors: {} }]);
    expect(report.insert + report.update + report.delete + report.missed).toBe(report.operations);
    expect(report.bad).toBeGreaterThan(0);
    const status = async () => lastJson((await dm('status', '--json')).stdout) as { quarantined: number; stream?: { records: number }; control: { pending: number } };
    let last = await status();
    while (last.stream!.records > 0 || last.control.pending > 0 || last.quarantined < report.bad) last = await status();
    expect(last.quarantined).toBe(report.bad);
    up.process.kill('SIGTERM');
    expect((await up.ended).exitCode).toBe(0);
  }, 180_000);

  test('stops when it is told to, with what it did', async () => {
    const stream = startDm(['stream', '--duration', '1h', '--json', '--home', join(root, 'lake')], { DM_KEYS: join(root, 'keys') });
    await stream.said('100 changes a second for 3600 s');
    stream.process.kill('SIGINT');
    const { exitCode, stdout } = await stream.ended;
    expect([exitCode, lastJson(stdout)]).toMatchObject([0, { errors: {} }]);
    await noneLeft(join(root, 'lake'));
  }, 60_000);
});
