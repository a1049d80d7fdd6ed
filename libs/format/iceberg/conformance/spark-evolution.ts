import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { differenceToSpark, noDifference, textOf, type ForeignLake } from './foreign-lake.ts';
import { sampleColumns, sampleRows } from './sample-rows.ts';

/** Tables whose schema, partitioning and files Spark changes while both write. */
export function describeSparkEvolution(lake: () => ForeignLake): void {
  const spark = (sql: string) => lake().spark(sql);
  const expectSame = async (name: string) => expect(await differenceToSpark(lake(), name)).toEqual(noDifference);

  test('columns that Spark adds, renames, drops, widens and moves are read from files of every age', async () => {
    await lake().create('altered', { id: 'long', single: 'float', price: 'decimal(9, 2)', name: 'string', old: 'string' });
    const table = await lake().load('altered');
    await table.append("SELECT 1 AS id, 0.1 AS single, 1.25 AS price, 'one' AS name, 'gone' AS old");
    await spark('ALTER TABLE lake.db.altered ADD COLUMN note STRING AFTER id');
    await spark('ALTER TABLE lake.db.altered RENAME COLUMN name TO title');
    await spark('ALTER TABLE lake.db.altered ALTER COLUMN single TYPE DOUBLE');
    await spark('ALTER TABLE lake.db.altered ALTER COLUMN price TYPE DECIMAL(18, 2)');
    await expectSame('altered');
    await spark("INSERT INTO lake.db.altered (id, note, single, price, title, old) VALUES (2, 'new', 0.1D, 9999999999999999.99, 'two', 'gone too')");
    await spark('ALTER TABLE lake.db.altered DROP COLUMN old');
    await spark('ALTER TABLE lake.db.altered ADD COLUMN old BIGINT');
    await spark('ALTER TABLE lake.db.altered ALTER COLUMN title FIRST');
    await expectSame('altered');

    await table.refresh();
    expect(table.schema.fields.map(({ name, type }) => `${name} ${JSON.stringify(type)}`)).toEqual([
      'title "string"', 'id "long"', 'note "string"', 'single "double"', 'price "decimal(18, 2)"', 'old "long"',
    ]);
    await table.append("SELECT 'three' AS title, 3 AS id, NULL AS note, 1e300 AS single, -9999999999999999.99 AS price, 33 AS old");
    await expectSame('altered');
    await table.merge({
      source: "SELECT * FROM (VALUES (1, 'changed'), (4, 'four')) v(id, title)",
      on: ['id'],
      matched: [{ set: { title: 's.title', old: '11' } }],
      notMatched: [{ insert: { id: 's.id', title: 's.title' } }],
    });
    await expectSame('altered');
    const rows = await spark('SELECT id, title, old FROM lake.db.altered ORDER BY id');
    expect(rows).toEqual([
      { id: '1', title: 'changed', old: '11' },
      { id: '2', title: 'two', old: null },
      { id: '3', title: 'three', old: '33' },
      { id: '4', title: 'four', old: null },
    ]);
  });

  test('ints that Spark widens to longs are read by both, by Spark row by row', async () => {
    const table = await lake().create('widened', { id: 'long', small: 'int' });
    await table.append('SELECT * FROM (VALUES (1, 2147483647), (2, -5)) v(id, small)');
    await spark('ALTER TABLE lake.db.widened ALTER COLUMN small TYPE BIGINT');
    // Its reader of columns takes ints that a Parquet file declares as 32 bits for no other type (apache/iceberg#16341).
    await spark("ALTER TABLE lake.db.widened SET TBLPROPERTIES ('read.parquet.vectorization.enabled' = 'false')");
    await spark('INSERT INTO lake.db.widened VALUES (3, 9223372036854775807)');
    await table.refresh();
    await table.append('SELECT 4 AS id, 3000000000 AS small');
    await expectSame('widened');
    const wide = (await spark('SELECT id FROM lake.db.widened WHERE small > 2147483646 ORDER BY id')).map(({ id }) => id);
    expect(wide).toEqual(['1', '3', '4']);
    const { sql } = await table.scan({ filter: [{ column: 'small', op: '>', value: 2147483646n }], columns: ['id'] });
    expect(await lake().engine.rows(`SELECT id::VARCHAR AS id FROM (${sql}) ORDER BY id`)).toEqual(wide.map((id) => ({ id })));
  });

  test('columns that we widen are read by Spark at once, inside structs as well', async () => {
    const table = await lake().create('widened_by_us', { id: 'long', small: 'int', single: 'float', price: 'decimal(9, 2)', mid: 'decimal(18, 4)', place: { type: 'struct', fields: [{ id: 16, name: 'x', required: false, type: 'int' }] } });
    await table.append("SELECT * FROM (VALUES (1, 2147483647, 0.1, 1.25, 99999999999999.9999, {'x': 7}), (2, -5, NULL, -9999999.99, NULL, NULL)) v(id, small, single, price, mid, place)");
    const widen = (column: string | string[], type: 'long' | 'double' | `decimal(${number}, ${number})`) => ({ change: 'widen', column, type }) as const;
    await table.evolveSchema([widen('single', 'double'), widen('price', 'decimal(25, 2)'), widen('mid', 'decimal(38, 4)')]);
    await expectSame('widened_by_us');
    await table.evolveSchema([widen('small', 'long'), widen(['place', 'x'], 'long')]);
    await expectSame('widened_by_us');
    await table.append("SELECT 3 AS id, 9223372036854775807 AS small, 0.1 AS single, 12345678901234567890123.45 AS price, 1 AS mid, {'x': 3000000000} AS place");
    await expectSame('widened_by_us');
    await spark('UPDATE lake.db.widened_by_us SET small = small - 1 WHERE place.x > 5');
    await expectSame('widened_by_us');
    expect(await spark('SELECT id FROM lake.db.widened_by_us WHERE small > 2147483645 AND price > 1 ORDER BY id')).toEqual([{ id: '1' }, { id: '3' }]);
  });

  test('partition fields that Spark adds, drops and replaces are read, appended to and merged into', async () => {
    const table = await lake().create('respecced', { id: 'long', at: 'timestamptz', kind: 'string' }, [{ source: 'at', transform: 'month' }]);
    const rows = (start: number) => `SELECT i AS id, TIMESTAMPTZ '2020-01-01 00:00:00+00' + to_days((i * 9)::INTEGER) AS at, 'kind ' || i % 3 AS kind FROM range(${start}, ${start + 12}) r(i)`;
    await table.append(rows(0));
    await spark('ALTER TABLE lake.db.respecced ADD PARTITION FIELD kind');
    await expectSame('respecced');
    await table.refresh();
    await table.append(rows(12));
    await expectSame('respecced');
    await spark('ALTER TABLE lake.db.respecced REPLACE PARTITION FIELD at_month WITH years(at) AS y');
    await spark("INSERT INTO lake.db.respecced VALUES (100, TIMESTAMP '2020-03-01 00:00:00', 'kind 0')");
    await table.refresh();
    await table.append(rows(24));
    await expectSame('respecced');
    await spark('ALTER TABLE lake.db.respecced DROP PARTITION FIELD kind');
    await spark('ALTER TABLE lake.db.respecced DROP PARTITION FIELD y');
    await table.refresh();
    await table.append(rows(36));
    await expectSame('respecced');
    const merged = await table.merge({
      source: "SELECT * FROM (VALUES (0, 'x'), (13, 'x'), (25, 'x'), (37, 'x'), (100, 'x')) v(id, kind)",
      on: ['id'],
      matched: [{ set: { kind: 's.kind' } }],
    });
    expect(merged).toMatchObject({ updatedRows: 5, insertedRows: 0 });
    await expectSame('respecced');
    expect(await spark("SELECT count(*) AS n FROM lake.db.respecced WHERE kind = 'x'")).toEqual([{ n: '5' }]);
    const { rows: found } = await lake().python.measure("SELECT id FROM lake.db.respecced WHERE at < TIMESTAMP '2020-02-01' AND kind = 'kind 1'");
    const { sql } = await table.scan({ filter: [{ column: 'at', op: '<', value: '2020-02-01' }, { column: 'kind', op: '=', value: 'kind 1' }], columns: ['id'] });
    expect(found.map(({ id }) => id).sort()).toEqual((await lake().engine.rows(`SELECT id::VARCHAR AS id FROM (${sql})`)).map(({ id }) => id).sort());
  });

  describe('the maintenance of Spark', () => {
    const { code: _uuid, ...columns } = sampleColumns;
    const rows = (start: number, count: number) => `SELECT * EXCLUDE (code) FROM (${sampleRows(start, count)})`;

    test('rewrites files and manifests of ours, expires our snapshots and finds our orphans', async () => {
      const table = await lake().create('maintained', columns, [{ source: 'seen', transform: 'year' }]);
      for (const start of [0, 10, 20, 30]) await table.append(rows(start, 10));
      await table.merge({ source: 'SELECT 5 AS id', on: ['id'], matched: [{ set: { name: "'five'" } }] });
      const oldest = table.snapshots[0]?.['snapshot-id'];

      const [rewritten] = await spark("CALL lake.system.rewrite_data_files(table => 'db.maintained', options => map('min-input-files', '2'))");
      expect(Number(rewritten?.['rewritten_data_files_count'])).toBeGreaterThan(4);
      await expectSame('maintained');
      const [manifests] = await spark("CALL lake.system.rewrite_manifests('db.maintained')");
      expect(Number(manifests?.['rewritten_manifests_count'])).toBeGreaterThan(0);
      await expectSame('maintained');
      await table.refresh();
      await table.append(rows(40, 10));
      await expectSame('maintained');

      const [expired] = await spark("CALL lake.system.expire_snapshots(table => 'db.maintained', older_than => TIMESTAMP '2100-01-01 00:00:00', retain_last => 2)");
      expect(Number(expired?.['deleted_data_files_count'])).toBeGreaterThan(4);
      expect(Number(expired?.['deleted_manifest_lists_count'])).toBe(6);
      await expectSame('maintained');
      await table.refresh();
      expect(table.snapshots).toHaveLength(2);
      await expect(table.scan({ snapshotId: oldest as bigint })).rejects.toThrow(/found none of this id among 2/);
      await table.merge({ source: 'SELECT 6 AS id', on: ['id'], matched: [{ delete: true }] });
      await expectSame('maintained');

      const location = lake().location('maintained');
      const stray = join(location, 'data', 'stray.parquet');
      await writeFile(stray, 'no data');
      const past = new Date('2020-01-01T00:00:00Z');
      for (const entry of await readdir(location, { recursive: true })) await utimes(join(location, entry), past, past);
      const orphans = await spark("CALL lake.system.remove_orphan_files(table => 'db.maintained', older_than => TIMESTAMP '2020-01-02 00:00:00', dry_run => true)");
      expect(orphans.map(({ orphan_file_location: path }) => textOf(path).replace(/^file:\/*/, '/'))).toEqual([stray]);
    });
  });
}
