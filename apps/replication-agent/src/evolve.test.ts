import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openEmbeddedLake, type EmbeddedLake } from '@data-master/embedded-lake';
import { startPostgres, type TestPostgres } from '@data-master/replication/testing';
import { defineDerivedTable, defineLake, defineTable, type LakeModel } from '@data-master/table-contracts';
import { agentConfigSchema } from './config.ts';
import { postgresSource } from './testing/core-source.ts';
import { wire } from './wire.ts';

const common = { name: 'tap', doc: 'Taps', primaryKey: ['tap_id'], quality: [] } as const;
const tapId = { id: 1, type: 'long', required: true, doc: 'tap' } as const;
const lakeOf = (tap: LakeModel['tables'][number], ...columns: string[]): LakeModel => defineLake({
  name: 'taps', tables: [tap], gold: [],
  derived: [defineDerivedTable({ name: 'tap_flat', doc: 'Taps', schemaVersion: tap.schemaVersion, base: 'tap', joins: [], partitionBy: [], columns: Object.fromEntries(columns.map((name, index) => [name, { id: index + 1, from: `tap.${name}` }])) })],
});
const first = lakeOf(defineTable({ ...common, schemaVersion: 1, columns: { tap_id: tapId, pints: { id: 2, type: 'int', doc: 'pints' }, price: { id: 3, type: 'decimal(4,2)', doc: 'price' } } }), 'tap_id', 'pints', 'price');
const second = lakeOf(defineTable({
  ...common, schemaVersion: 2, columns: { tap_id: tapId, pints: { id: 2, type: 'long', doc: 'pints' }, price: { id: 3, type: 'decimal(12,2)', doc: 'price' }, color: { id: 4, type: 'string', doc: 'color' } },
}), 'tap_id', 'pints', 'price', 'color');

let postgres: TestPostgres;
let folder: string;
beforeAll(async () => {
  postgres = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), 'dm-evolve-'));
});
afterAll(async () => {
  await postgres.remove();
  await rm(folder, { recursive: true, force: true });
});

async function inLake<Result>(model: LakeModel, work: (lake: EmbeddedLake) => Promise<Result>): Promise<Result> {
  const lake = await openEmbeddedLake(model, { DM_HOME: join(folder, 'home'), DM_KEYS: join(folder, 'keys'), DM_THREADS: '2', DM_MEMORY_MB: '512' });
  try {
    await lake.discover();
    await lake.drain();
    return await work(lake);
  } finally {
    await lake.close();
  }
}

/** Returns when the task has brought all changes so far: one more, which changes nothing, lets it confirm what lies before. */
async function caughtUp(): Promise<void> {
  const [end] = await postgres.rows('SELECT pg_current_wal_lsn() AS lsn');
  await postgres.run('UPDATE tap SET tap_id = tap_id WHERE tap_id = 4');
  const isConfirmed = async (): Promise<boolean> => (await postgres.rows(`SELECT FROM pg_replication_slots WHERE slot_name = 'dm_core' AND confirmed_flush_lsn >= '${String(end?.['lsn'])}'`)).length > 0;
  while (!(await isConfirmed())) await delay(50);
}

const live = (table: string, columns: string): string => `SELECT ${columns} FROM silver.${table} WHERE deleted_at IS NULL ORDER BY tap_id`;

it('a column that is new at the source, and values that outgrow their type, wait in raw until the contract has them, and then stand in every row', async () => {
  const source = postgresSource(postgres);
  const settings = join(folder, 'settings.json');
  await writeFile(settings, JSON.stringify({ ErrorBehavior: { RecoverableErrorInterval: 0.05, RecoverableErrorThrottlingMax: 0.5 }, ChangeProcessingTuning: { CommitTimeout: 0.05 } }));
  const environment = { DM_SOURCE_URL: source.url, DM_TARGET: join(folder, 'home', 'dm-stage'), DM_CONTRACT_MODE: 'evolve', DM_TASK_SETTINGS: settings, DM_LOG_LEVEL: 'error' };
  const replicateWhile = async (model: LakeModel, work: () => Promise<void>): Promise<void> => {
    const end = new AbortController();
    const running = (await wire(agentConfigSchema.parse(environment), model)).run(end.signal);
    try {
      await Promise.race([work(), running]);
      await caughtUp();
    } finally {
      end.abort();
      await running;
    }
  };
  await postgres.run("CREATE TABLE tap (tap_id bigint PRIMARY KEY, pints int, price numeric(4,2)); INSERT INTO tap VALUES (1, 10, 4.20), (2, 20, 4.20), (3, 30, NULL)");
  await (await wire(agentConfigSchema.parse(environment), first)).load();
  await replicateWhile(first, async () => {
    await postgres.run("ALTER TABLE tap ADD COLUMN color text; UPDATE tap SET color = 'amber' WHERE tap_id = 1; INSERT INTO tap VALUES (4, 40, 5, 'black'), (6, 60, 6, 'red'); DELETE FROM tap WHERE tap_id = 6");
    await postgres.run("ALTER TABLE tap ALTER COLUMN pints TYPE bigint, ALTER COLUMN price TYPE numeric(12,2); UPDATE tap SET pints = 5000000000 WHERE tap_id = 2; INSERT INTO tap VALUES (5, 50, 1234567890.12, 'pale'); UPDATE tap SET pints = 31 WHERE tap_id = 3");
  });

  await inLake(first, async (lake) => {
    expect(await lake.query(live('tap', 'tap_id, pints'))).toEqual([{ tap_id: 1n, pints: 10 }, { tap_id: 2n, pints: 20 }, { tap_id: 3n, pints: 31 }, { tap_id: 4n, pints: 40 }]);
    expect((await lake.state()).quarantined).toBe(2);
    expect(await lake.waitingColumns()).toEqual([{ table: 'tap', column: 'color', kind: 'string', objects: expect.any(Number) as unknown, isNamed: false }]);
  });

  const expected = [
    { tap_id: 1n, pints: 10n, price: '4.20', color: 'amber' }, { tap_id: 2n, pints: 5_000_000_000n, price: '4.20', color: null }, { tap_id: 3n, pints: 31n, price: null, color: null },
    { tap_id: 4n, pints: 40n, price: '5.00', color: 'black' }, { tap_id: 5n, pints: 50n, price: '1234567890.12', color: 'pale' },
  ];
  const columns = 'tap_id, pints, CAST(price AS VARCHAR) AS price, color';
  await inLake(second, async (lake) => {
    expect(await lake.waitingColumns()).toMatchObject([{ column: 'color', isNamed: true }]);
    const changes = await lake.query('SELECT count(*) AS n FROM bronze.tap');
    expect(await lake.backfill()).toBeGreaterThan(0);
    await lake.drain();
    expect(await lake.failures()).toEqual([]);
    expect(await lake.query(live('tap', columns))).toEqual(expected);
    expect(await lake.query(`SELECT ${columns} FROM silver.tap_flat ORDER BY tap_id`)).toMatchObject(expected);
    expect(await lake.query('SELECT count(*) AS n FROM bronze.tap')).toEqual(changes.map(({ n }) => ({ n: (n as bigint) + 2n })));
    expect(await lake.waitingColumns()).toEqual([]);
    expect(await lake.backfill(['tap'])).toBe(0);
  });

  await replicateWhile(second, () => postgres.run("INSERT INTO tap VALUES (7, 70, 7, 'green')"));
  await inLake(second, async (lake) => {
    expect(await lake.query(live('tap', columns))).toEqual([...expected, { tap_id: 7n, pints: 70n, price: '7.00', color: 'green' }]);
  });
}, 300_000);
