import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { beerLake } from '@data-master/beer-lake';
import { homeLayout, openSqliteStreamReader, openStreamDatabase } from '@data-master/embedded';
import { openEmbeddedLake } from '@data-master/embedded-lake';
import { startPostgres, type TestPostgres } from '@data-master/replication/testing';
import { describeMariaDb } from '@data-master/replication/testing/jest';
import { dialectsOf, rawColumns } from '@data-master/table-contracts';
import { mariaDbSource, postgresSource, type CoreSource } from './testing/core-source.ts';
import { createCore, coreTables } from './testing/core-schema.ts';
import { startProgram, type ProgramProcess } from './testing/program-process.ts';
import { createTraffic } from './testing/traffic.ts';

const changeCount = 100_000;
/** After how many changes what is killed, besides the load. */
const kills: [afterChanges: number, what: ('agent' | 'delivery' | 'database')[]][] = [
  [3_000, ['agent']], [7_000, ['delivery']], [11_000, ['database']], [19_000, ['agent']], [20_000, ['agent', 'delivery']], [34_000, ['agent', 'database']], [41_000, ['delivery']],
  [47_000, ['agent']], [58_000, ['database', 'delivery']], [65_000, ['delivery']], [71_000, ['agent', 'database', 'delivery']], [83_000, ['agent']], [90_000, ['delivery']], [97_000, ['database']],
];

/** Kills agent, delivery and database of a source again and again, and compares the lake with the source in the end. */
async function proveUnderKills(source: CoreSource): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dm-replication-'));
  const running: Partial<Record<'agent' | 'delivery', ProgramProcess>> = {};
  try {
    await createCore(source, { reviews: 60_000 });
    const settings = join(folder, 'settings.json');
    await writeFile(settings, JSON.stringify({ ErrorBehavior: { RecoverableErrorInterval: 0.05, RecoverableErrorThrottlingMax: 0.5 }, ChangeProcessingTuning: { CommitTimeout: 1 } }));
    const layout = homeLayout(join(folder, 'home'));
    const lakeEnvironment = { DM_HOME: layout.home, DM_KEYS: join(folder, 'keys'), DM_THREADS: '2', DM_MEMORY_MB: '512' };
    const environments = { agent: { DM_SOURCE_URL: source.url, DM_TARGET: `stream:${layout.home}`, DM_TASK_SETTINGS: settings }, delivery: lakeEnvironment };

    const start = (name: keyof typeof environments): ProgramProcess => (running[name] = startProgram(name, environments[name]));
    const end = async (name: keyof typeof environments, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
      expect({ name, code: await running[name]?.end(signal), errors: running[name]?.errors() }).toEqual({ name, code: signal === 'SIGKILL' ? null : 0, errors: '' });
    };
    const restart = async (name: keyof typeof environments): Promise<void> => {
      await end(name, 'SIGKILL');
      start(name);
    };
    const kill = { agent: () => restart('agent'), delivery: () => restart('delivery'), async database() {
      await source.kill();
      await source.start();
    } };
    start('delivery');
    await start('agent').until('load.part');
    await kill.agent();

    const traffic = createTraffic(source, 5);
    for (const [afterChanges, what] of kills) {
      await traffic.run(afterChanges);
      await Promise.all([traffic.run(afterChanges + 500), ...what.map((each) => kill[each]())]);
    }
    await traffic.run(changeCount);
    await running.agent?.until('replication.streaming');
    await source.caughtUp(layout.stage);
    await delivered(layout.stream);
    for (const name of ['agent', 'delivery'] as const) await end(name, 'SIGTERM');

    const lake = await openEmbeddedLake(beerLake, lakeEnvironment);
    try {
      await lake.discover();
      await lake.process('silver');
      expect((await lake.failures()).map(({ object_key: key, error_message: error }) => ({ key, error }))).toEqual([]);
      for (const table of coreTables) {
        const columns = rawColumns(beerLake.tables.find(({ name }) => name === table)!).filter(({ pii }) => (pii?.treatment ?? 'keep') === 'keep');
        const names = columns.map(({ name }) => name).join(', ');
        const file = join(folder, `${table}.csv`);
        await writeFile(file, toCsv(columns.map(({ name }) => name), await source.texts(`SELECT ${names} FROM dm_core.${table}`)));
        const types = columns.map(({ name, type }) => `${name}: '${dialectsOf(type).duckdb}'`).join(', ');
        const inSource = `SELECT ${names} FROM read_csv('${file}', header = true, columns = {${types}})`;
        const inSilver = `SELECT ${names} FROM silver.${table} WHERE deleted_at IS NULL`;
        const difference = await lake.query(`(SELECT 'only in silver' AS side, * FROM (${inSilver} EXCEPT ALL ${inSource})) UNION ALL (SELECT 'only in source' AS side, * FROM (${inSource} EXCEPT ALL ${inSilver})) LIMIT 5`);
        expect({ table, difference }).toEqual({ table, difference: [] });
      }
      expect(traffic.counts.insert).toBeGreaterThan(10_000);
      expect(traffic.counts.update).toBeGreaterThan(10_000);
      expect(traffic.counts.delete).toBeGreaterThan(10_000);
      expect(traffic.counts.interrupted).toBeGreaterThan(0);
    } finally {
      await lake.close();
    }
  } finally {
    await Promise.all(Object.values(running).map((program) => program.end('SIGKILL')));
    await rm(folder, { recursive: true, force: true });
  }
}

/** Returns when nothing is left in the stream. */
async function delivered(path: string): Promise<void> {
  const database = await openStreamDatabase(path);
  const reader = await openSqliteStreamReader(database, 'delivery');
  while ((await reader.backlog()).records > 0) await delay(50);
  database.close();
}

function toCsv(header: readonly string[], rows: readonly (string | null)[][]): string {
  return `${header.join(',')}\n${rows.map((row) => `${row.map((text) => (text === null ? '' : `"${text.replaceAll('"', '""')}"`)).join(',')}\n`).join('')}`;
}

const title = `fills a lake that holds what it holds after a load and ${changeCount} changes, though agent, delivery and database were killed again and again`;

describe('a PostgreSQL', () => {
  let postgres: TestPostgres;
  beforeAll(async () => { postgres = await startPostgres(); });
  afterAll(() => postgres.remove());
  it(title, () => proveUnderKills(postgresSource(postgres)), 300_000);
});

describeMariaDb('a MariaDB', (mariaDb) => {
  it(title, () => proveUnderKills(mariaDbSource(mariaDb())), 300_000);
});
