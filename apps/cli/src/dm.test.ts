import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runDm, startDm } from './testing/run-dm.ts';

let root: string;
let home: string;
let env: Record<string, string>;
let demo: Awaited<ReturnType<typeof runDm>>;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dm-cli-'));
  home = join(root, 'lake');
  env = { DM_KEYS: join(root, 'keys') };
  demo = await runDm(['demo', '--reviews', '4000', '--home', home, '--json'], env);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const lastJson = (stdout: string): Record<string, unknown> => JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Record<string, unknown>;
const dm = (...args: string[]) => runDm(['--home', home, ...args], env);

describe('dm demo', () => {
  test('ends standard output with one object on one line that counts every layer', () => {
    const summary = lastJson(demo.stdout);
    expect(Object.keys(summary)).toEqual(['home', 'durationMs', 'peakRssMb', 'tables', 'control', 'quarantined', 'events']);
    expect(summary).toMatchObject({ home, quarantined: 0, control: { pending: 0, running: 0, error: 0 } });
    const tables = summary['tables'] as { layer: string; table: string; rows: number; files: number; bytes: number }[];
    for (const layer of ['bronze', 'silver']) expect(tables).toContainEqual(expect.objectContaining({ layer, table: 'review', rows: 4_000 }));
    expect(demo.exitCode).toBe(0);
  });

  test('says on standard error what it does, and shows the top of every gold table to a person', async () => {
    expect(demo.stderr).toContain('✓ silver review_flat');
    const again = await dm('demo', '--reviews', '4000');
    for (const table of ['top_beers_by_rating', 'top_drinkers', 'state_by_review_volume', 'breweries_by_type_and_place']) expect(again.stdout).toContain(`(gold.${table})`);
    expect(again.stdout).toContain('npx dm --home');
  });

  test('a second run does nothing again', async () => {
    const again = await dm('demo', '--reviews', '4000', '--json');
    expect(again.stderr).not.toContain('✓');
    const { tables, control } = lastJson(again.stdout);
    expect({ tables, control }).toEqual({ tables: lastJson(demo.stdout)['tables'], control: lastJson(demo.stdout)['control'] });
  });
});

describe('dm query', () => {
  test('answers over all layers as a table, CSV and JSON', async () => {
    const sql = "SELECT count(*) AS n, 'a,b' AS t FROM silver.review";
    expect((await dm('query', sql)).stdout).toBe('   n  t\n────  ───\n4000  a,b\n(1 row)\n');
    expect((await dm('query', sql, '--format', 'csv')).stdout).toBe('n,t\n4000,"a,b"\n');
    expect((await dm('query', sql, '--format', 'json')).stdout).toBe('[{"n":4000,"t":"a,b"}]\n');
    expect((await dm('query', 'SELECT sum(total_reviews) AS n FROM gold.state_by_review_volume', '--json')).stdout).toContain('4000');
    expect((await dm('query', 'SELECT count(DISTINCT _source_key) AS n FROM bronze.review', '--format', 'csv')).stdout).toBe('n\n1\n');
  });

  test('a wrong select ends with 1 and says what is wrong', async () => {
    const { exitCode, stderr, stdout } = await dm('query', 'SELECT * FROM silver.nothing');
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain('nothing');
  });
});

describe('dm ingest, status, retry and process', () => {
  test('changes of a file reach silver, review_flat and gold; rows that do not fit are counted', async () => {
    const file = join(root, 'changes.ndjson');
    await writeFile(file, '{"operation":"delete","review_id":1}\n{"operation":"delete","review_id":"none"}\n');
    const { exitCode, stdout } = await dm('ingest', file, '--table', 'review', '--json');
    expect(exitCode).toBe(0);
    expect(lastJson(stdout)).toMatchObject({ quarantined: 1 });
    expect((await dm('query', 'SELECT sum(total_reviews) AS n FROM gold.state_by_review_volume', '--format', 'csv')).stdout).toBe('n\n3999\n');
  });

  test('a file that cannot be read is in status with its reason, and retry takes it up once it is mended', async () => {
    const file = join(root, 'broken.csv');
    await writeFile(file, 'brewery_id,wrong\n1,x\n');
    const failed = await dm('ingest', file, '--table', 'brewery');
    expect(failed.exitCode).toBe(1);
    const status = await dm('status', '--json');
    const [record] = lastJson(status.stdout)['failures'] as { control_id: string; object_key: string; error_message: string }[];
    expect(record!.error_message).toContain('brewery_name');
    expect((await dm('status')).stdout).toContain(`npx dm retry ${record!.control_id}`);
    await writeFile(join(home, 'dm-stage', record!.object_key), 'brewery_id,brewery_name\n1,Mended\n');
    expect((await dm('retry', record!.control_id)).exitCode).toBe(0);
    expect((await dm('query', 'SELECT brewery_name FROM silver.brewery WHERE brewery_id = 1', '--format', 'csv')).stdout).toBe('brewery_name\nMended\n');
  });

  test('process takes files that were dropped into the raw folder, layer by layer', async () => {
    await writeFile(join(home, 'dm-stage', 'raw', 'review', 'dropped.ndjson'), '{"operation":"delete","review_id":2}\n');
    await dm('process', '--layer', 'silver');
    await dm('process', '--layer', 'gold', '--tables', 'state_by_review_volume');
    expect((await dm('query', 'SELECT sum(total_reviews) AS n FROM gold.state_by_review_volume', '--format', 'csv')).stdout).toBe('n\n3998\n');
  });
});

describe('dm runs', () => {
  test('lists the executions of state machines with what they were started for, the newest first', async () => {
    await dm('process', '--layer', 'silver', '--tables', 'beer,brewery');
    const { runs } = lastJson((await dm('runs', '--limit', '1', '--json')).stdout) as { runs: Record<string, string>[] };
    expect(runs).toMatchObject([{ machine: 'dm-processing-dispatcher', status: 'succeeded', input: '{"tables":["beer","brewery"]}', error: null }]);
    expect(Date.parse(runs[0]!['ended_at']!)).toBeGreaterThanOrEqual(Date.parse(runs[0]!['started_at']!));
    expect((await dm('runs')).stdout).toMatch(/dm-processing-dispatcher +succeeded[^]*dm-ingestion-dispatcher +succeeded/);
    expect(lastJson((await dm('status', '--json')).stdout)['runs']).toHaveLength(20);
  });
});

describe('files that were dropped while nothing ran', () => {
  test('are taken by the next ingest', async () => {
    await writeFile(join(home, 'dm-stage', 'raw', 'brewery', 'dropped.csv'), 'brewery_id,brewery_name\n90001,Dropped\n');
    const file = join(root, 'named.csv');
    await writeFile(file, 'brewery_id,brewery_name\n90002,Named\n');
    expect((await dm('ingest', file, '--table', 'brewery')).exitCode).toBe(0);
    expect((await dm('query', 'SELECT brewery_name FROM silver.brewery WHERE brewery_id > 90000 ORDER BY ALL', '--format', 'csv')).stdout).toBe('brewery_name\nDropped\nNamed\n');
  });
});

describe('dm maintain', () => {
  test('shows what it would do, then does it, and keeps every row', async () => {
    const count = () => dm('query', 'SELECT count(*) AS n FROM silver.review_flat', '--format', 'csv');
    const before = (await count()).stdout;
    expect((await dm('maintain', '--dry-run', '--tables', 'silver.review')).stdout).toContain('removable');
    const { exitCode, stdout } = await dm('maintain', '--json');
    expect([exitCode, (lastJson(stdout)['tables'] as unknown[]).length]).toEqual([0, 13]);
    expect((await count()).stdout).toBe(before);
  });
});

describe('dm up', () => {
  test('takes a file that is dropped while it runs, and stops cleanly when told to', async () => {
    const up = startDm(['--home', home, 'up'], env);
    await up.said('is up');
    const dropped = join(home, 'dm-stage', 'raw', 'review', 'while-up.ndjson');
    await writeFile(dropped, '{"operation":"delete","review_id":3}\n');
    await up.said('✓ gold   state_by_review_volume');
    up.process.kill('SIGTERM');
    const { exitCode, stderr } = await up.ended;
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Stopped')]);
    expect((await dm('query', 'SELECT sum(total_reviews) AS n FROM gold.state_by_review_volume', '--format', 'csv')).stdout).toBe('n\n3997\n');
  });
});

describe('dm generate', () => {
  test('the same seed gives the same bytes, which demo takes as its data', async () => {
    const hashes = async (folder: string): Promise<string[]> => Promise.all((await readdir(folder)).sort().map(async (name) => `${name} ${createHash('sha256').update(await readFile(join(folder, name))).digest('hex')}`));
    const [one, two] = [join(root, 'one'), join(root, 'two')];
    for (const out of [one, two]) expect((await runDm(['generate', '--reviews', '500', '--seed', '7', '--out', out])).exitCode).toBe(0);
    expect(await hashes(one)).toEqual(await hashes(two));
    const { stdout } = await runDm(['demo', '--data', one, '--home', join(root, 'own'), '--json'], env);
    expect(lastJson(stdout)['tables']).toContainEqual(expect.objectContaining({ layer: 'silver', table: 'review', rows: 500 }));
  });

  test('demo generates the reviews that its data folder does not have, over the ids that it has', async () => {
    const data = join(root, 'partial');
    await cp(join(root, 'one'), data, { recursive: true });
    await rm(join(data, 'review.csv.gz'));
    const lake = join(root, 'partial-lake');
    await runDm(['demo', '--data', data, '--reviews', '300', '--home', lake], env);
    const orphans = 'SELECT count(*) AS n FROM silver.review_flat WHERE beer_name IS NULL OR profile_name IS NULL OR brewery_name IS NULL';
    expect((await runDm(['query', orphans, '--format', 'csv', '--home', lake], env)).stdout).toBe('n\n0\n');
  });
});

describe('what is not understood', () => {
  test.each([
    [['bogus'], 2, "unknown command 'bogus'"],
    [['ingest', 'x.csv'], 2, '--table'],
    [['process', '--layer', 'bronze'], 2, 'silver'],
    [['demo', '--reviews', 'many'], 2, 'whole number'],
    [['ingest', 'missing.csv', '--table', 'beer'], 1, 'missing.csv is no file'],
    [['demo', '--data', '/nowhere'], 1, 'brewery.csv.gz'],
    [['retry', 'no-such-id'], 1, 'does not exist'],
    [['process', '--layer', 'gold', '--tables', 'nothing'], 1, 'expected some of top_beers_by_rating'],
  ])('dm %j ends with %d and says %j', async (args, exitCode, text) => {
    const result = await dm(...args);
    expect([result.exitCode, result.stderr]).toEqual([exitCode, expect.stringContaining(text)]);
  });

  test('a command that needs a lake says when there is none, and makes none', async () => {
    const { exitCode, stderr } = await runDm(['status', '--home', join(root, 'nowhere')], env);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('there is no lake in')]);
    expect(await readdir(root)).not.toContain('nowhere');
  });

  test('every command explains itself', async () => {
    const listed = (await runDm(['--help'])).stdout.split('Commands:')[1]!.matchAll(/^ {2}([a-z]+)/gm);
    const commands = [...listed].map(([, name]) => name!).filter((name) => !['help', 'dm'].includes(name));
    expect(commands).toEqual(expect.arrayContaining(['demo', 'up', 'source', 'seed', 'stream', 'ingest', 'backfill', 'query', 'events', 'deploy']));
    for (const command of commands) {
      const { exitCode, stdout } = await runDm([command, '--help']);
      expect([command, exitCode, stdout]).toEqual([command, 0, expect.stringContaining('--home')]);
    }
  });
});
