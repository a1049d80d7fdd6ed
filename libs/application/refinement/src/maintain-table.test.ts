import { randomUUID } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { beerLake } from '@data-master/beer-lake';
import { createFileCatalog, type Catalog, type FileIO, type Table } from '@data-master/iceberg';
import type { QueryEngine } from '@data-master/ports';
import { createManualClock, createMemoryLogger } from '@data-master/testing';
import type { LakeTable } from '@data-master/table-contracts';
import { maintainCommitted } from './maintain-committed.ts';
import { maintainTable } from './maintain-table.ts';
import type { MaintenancePolicy } from './maintenance-policy.ts';
import { openLakeTable } from './open-lake-table.ts';
import { dyingIO } from './testing/failing-io.ts';
import { createTestLake, type TestLake } from './testing/test-lake.ts';

const contract: LakeTable = {
  layer: 'silver', name: 'keg', doc: 'Kegs', schemaVersion: 1, partitionBy: ['part'], key: ['keg_id'],
  columns: [
    { id: 1, name: 'keg_id', type: 'long', required: true, doc: 'keg' },
    { id: 2, name: 'part', type: 'int', required: false, doc: 'part' },
    { id: 3, name: 'text', type: 'string', required: false, doc: 'text' },
  ],
};
const policy: MaintenancePolicy = { smallFilesPerPartition: 5, deleteRatio: 0.2, manifests: 5, metadataSizeBytes: 1_000_000, snapshotAgeHours: 24, snapshotsKept: 5 };
const dayMs = 24 * 60 * 60_000;
const now = new Date();

let lake: TestLake;
let session: QueryEngine;
beforeEach(async () => {
  lake = await createTestLake();
  session = lake.query;
});
afterEach(() => lake.close());

interface Opening {
  table?: LakeTable;
  io?: FileIO;
  at?: number;
  catalog?: (catalog: Catalog) => Catalog;
}

const open = ({ table = contract, io = lake.io, at = now.getTime(), catalog = (each) => each }: Opening = {}): Promise<Table> =>
  openLakeTable(table, { logger: lake.logger, catalog: catalog(createFileCatalog({ io, location: lake.locationOf(table) })), ports: { io, engine: session, now: () => at, newUuid: randomUUID } });

const append = (table: Table, id: number, part: number) => table.append(`SELECT ${id} AS keg_id, ${part} AS part, 'text' AS text`);
const remove = (table: Table, ids: readonly number[]) =>
  table.merge({ source: `SELECT unnest([${ids.join(', ')}]) AS keg_id`, on: ['keg_id'], matched: [{ delete: true }], mode: 'merge-on-read' });
const rowsOf = async (table: Table) => session.rows(`SELECT * FROM (${(await table.scan()).sql}) ORDER BY ALL`);

/** Ten old commits of one file each, two of them in a partition of their own, and deletes of two rows. */
async function fill(table: LakeTable = contract, files = 10): Promise<Table> {
  const old = await open({ table, at: now.getTime() - 10 * dayMs });
  for (let id = 0; id < files; id += 1) await append(old, id, id < files - 2 ? 0 : 1);
  await remove(await open({ table, at: now.getTime() - 9 * dayMs }), [1, files - 1]);
  return open({ table });
}

describe('maintaining a table', () => {
  test('pays the debt that is over its threshold and keeps every row; a dry run tells as much and writes nothing', async () => {
    const table = await fill();
    const rows = await rowsOf(table);
    const { metadataLocation } = table;
    const promised = await maintainTable(table, { now, policy, dryRun: true });
    expect((await open()).metadataLocation).toBe(metadataLocation);
    const report = await maintainTable(table, { now, policy });
    expect(report.before).toMatchObject({ files: 10, small_files: 10, delete_files: 2, snapshots: 11 });
    expect(report.after).toMatchObject({ files: 2, small_files: 0, delete_files: 0, snapshots: 5 });
    const { metadata_bytes: _promised, manifests: _manifests, ...expected } = promised.after;
    expect(report.after).toMatchObject({ ...expected, snapshots: expect.any(Number) });
    expect(promised.before).toEqual(report.before);
    expect(report.removedFiles).toBeGreaterThan(5);
    expect(await rowsOf(await open())).toEqual(rows);
    expect((await maintainTable(await open(), { now, policy })).before).toEqual(report.after);
  });

  test('leaves alone what is below its threshold', async () => {
    const table = await open();
    for (let id = 0; id < 4; id += 1) await append(table, id, 0);
    const { metadataLocation } = table;
    await maintainTable(table, { now, policy });
    expect(table.metadataLocation).toBe(metadataLocation);
  });

  test('compacts only the partition that asks for it', async () => {
    const table = await open();
    for (let id = 0; id < 5; id += 1) await append(table, id, 0);
    for (let id = 5; id < 8; id += 1) await append(table, id, 1);
    const untouched = (await table.scan()).files.filter(({ partition }) => partition['part'] === 1).map(({ path }) => path);
    await maintainTable(table, { now, policy });
    const files = (await table.scan()).files;
    expect(files).toHaveLength(4);
    expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(untouched));
  });

  test('keeps snapshots by number only once the metadata is large, but none of the last hour goes', async () => {
    const byAge = { ...policy, manifests: 100 };
    const strict = { ...byAge, metadataSizeBytes: 10 };
    const at = (ageMs: number) => open({ at: now.getTime() - ageMs });
    for (let id = 0; id < 8; id += 1) await append(await at(3 * 60 * 60_000), id, id);
    expect((await maintainTable(await open(), { now, policy: byAge })).after.snapshots).toBe(8);
    expect((await maintainTable(await open(), { now, policy: strict })).after.snapshots).toBe(5);
    for (let id = 8; id < 18; id += 1) await append(await at(30 * 60_000), id, id);
    expect((await maintainTable(await open(), { now, policy: strict })).after.snapshots).toBe(10);
  });

  test('does not touch the files of a commit that is under way, and the commit goes through', async () => {
    await fill();
    let maintained = false;
    const writing = await open({
      catalog: (catalog) => ({
        ...catalog,
        async commit(base, next) {
          if (!maintained) {
            maintained = true;
            await maintainTable(await open(), { now, policy });
          }
          return catalog.commit(base, next);
        },
      }),
    });
    await writing.merge({ source: `SELECT 3 AS keg_id, 0 AS part, 'new' AS text`, on: ['keg_id'], matched: [{ set: { text: 's.text' } }] });
    expect(maintained).toBe(true);
    const rows = await rowsOf(await open());
    expect(rows).toHaveLength(8);
    expect(rows).toContainEqual({ keg_id: 3n, part: 0, text: 'new' });
    expect((await open()).currentSnapshot?.summary['total-data-files']).toBe('2');
  });

  test('removes files that no snapshot names once they are older than any commit runs', async () => {
    const table = await fill();
    const place = async (name: string, ageDays: number): Promise<string> => {
      const uri = `${table.metadata.location}/data/${name}.parquet`;
      await lake.io.write(uri, Buffer.from('left behind'));
      const time = new Date(now.getTime() - ageDays * dayMs);
      await utimes(uri.slice('file://'.length), time, time);
      return uri;
    };
    const [young, old] = [await place('young', 2), await place('old', 4)];
    await maintainTable(table, { now, policy });
    expect([await lake.io.exists(young), await lake.io.exists(old)]).toEqual([true, false]);
  });

  test.each(['before', 'after'] as const)('whenever its process dies %s a change, no row is lost and the next one finishes', async (moment) => {
    const eager = { ...policy, smallFilesPerPartition: 2, manifests: 2, snapshotsKept: 2 };
    let deaths = 0;
    for (let failAt = 1; ; failAt += 1) {
      const table: LakeTable = { ...contract, name: `keg_${moment}_${failAt}` };
      const rows = await rowsOf(await fill(table, 4));
      const { io, died } = dyingIO(lake.io, failAt, moment);
      const dying = await open({ table, io });
      await maintainTable(dying, { now, policy: eager }).catch(() => undefined);
      expect(await rowsOf(await open({ table }))).toEqual(rows);
      if (!died()) break;
      deaths += 1;
      expect((await maintainTable(await open({ table }), { now, policy: eager })).after).toMatchObject({ files: 2, small_files: 0, delete_files: 0 });
      expect(await rowsOf(await open({ table }))).toEqual(rows);
    }
    expect(deaths).toBeGreaterThan(15);
  }, 300_000);
});

describe('maintenance after a commit', () => {
  const run = { layer: 'silver', table: 'brewery', runId: 'run' } as const;
  const commitAndMaintain = async (id: number, ports: Parameters<typeof maintainCommitted>[2]): Promise<void> => {
    await append(await open(), id, 0);
    await maintainCommitted(run, policy, ports);
  };

  test('is made when the debt has come to its threshold, and says what it did', async () => {
    const logger = createMemoryLogger();
    const ports = { model: beerLake, tables: { open: () => open() }, query: lake.query, clock: createManualClock(now), logger };
    for (let commit = 1; commit <= 12; commit += 1) {
      await commitAndMaintain(commit, ports);
      expect([commit, logger.entries.length]).toEqual([commit, commit < 5 ? 0 : commit < 9 ? 1 : 2]);
    }
    expect(logger.entries[0]).toMatchObject({ level: 'info', event: 'table.maintained', fields: { layer: 'silver', table: 'brewery', before: { files: 5 }, after: { files: 1 } } });
    expect(await rowsOf(await open())).toHaveLength(12);
  });

  test('leaves the commit as it stands when it fails, and says so', async () => {
    const logger = createMemoryLogger();
    let opened = 0;
    const tables = { open: () => ((opened += 1), open({ io: dyingIO(lake.io, 1, 'before').io })) };
    for (let commit = 1; commit <= 6; commit += 1) await commitAndMaintain(commit, { model: beerLake, tables, query: lake.query, clock: createManualClock(now), logger });
    expect(opened).toBe(6);
    expect(await rowsOf(await open())).toHaveLength(6);
    expect(logger.entries.map(({ level, event }) => `${level} ${event}`)).toEqual(['error table.maintenance_failed', 'error table.maintenance_failed']);
    expect(logger.entries[0]!.fields).toMatchObject({ layer: 'silver', table: 'brewery', error: expect.stringContaining('died') });
  });
});
