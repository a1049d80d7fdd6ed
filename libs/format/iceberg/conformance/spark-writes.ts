import { describe, expect, test } from '@jest/globals';
import { UnsupportedFeatureError } from '../src/errors.ts';
import { difference, differenceToSpark, noDifference, type ForeignLake } from './foreign-lake.ts';
import { sampleRows } from './sample-rows.ts';

/** Columns of the sample rows as Spark declares them; it has no UUIDs. */
const sparkColumns = `id BIGINT, flag BOOLEAN, small INT, big BIGINT, single FLOAT, wide DOUBLE, price DECIMAL(9, 2), amount DECIMAL(18, 6), mid DECIMAL(25, 5),
  huge DECIMAL(38, 10), born DATE, at TIMESTAMP, seen TIMESTAMP_NTZ, name STRING, raw BINARY`;

function rows(start: number, count: number): string {
  return `SELECT * EXCLUDE (code) FROM (${sampleRows(start, count)})`;
}

const layouts: [name: string, table: string, partitioning: string][] = [
  ['nothing', 'cow_plain', ''],
  ['awkward texts', 'cow_text', 'PARTITIONED BY (name)'],
  ['exact values', 'cow_exact', 'PARTITIONED BY (flag, price, huge, born)'],
  ['parts of times', 'cow_parts', 'PARTITIONED BY (years(born), months(at), days(seen))'],
];

/** This package reads what Spark wrote, commits on top of it, and Spark reads that. */
export function describeSparkWrites(lake: () => ForeignLake): void {
  describe.each(layouts)('a table that Spark made, partitioned by %s', (_name, name, partitioning) => {
    test('is read after INSERT, MERGE, UPDATE and DELETE by copy-on-write, and written in turns', async () => {
      const spark = (sql: string) => lake().spark(sql);
      const expectSame = async () => expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
      await spark(`CREATE TABLE lake.db.${name} (${sparkColumns}) USING iceberg ${partitioning} TBLPROPERTIES (
        'write.merge.mode' = 'copy-on-write', 'write.update.mode' = 'copy-on-write', 'write.delete.mode' = 'copy-on-write', 'write.distribution-mode' = 'none', 'write.spark.fanout.enabled' = 'true')`);
      await spark(`INSERT INTO lake.db.${name} ${await lake().toSpark(rows(0, 50))}`);
      const inserted = await lake().load(name);
      expect(await difference(lake().engine, rows(0, 50), (await inserted.scan()).sql)).toEqual(noDifference);

      await spark(`MERGE INTO lake.db.${name} t USING (SELECT DISTINCT * FROM (${await lake().toSpark(rows(40, 20))})) s ON t.id = s.id
        WHEN MATCHED AND s.id % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET name = 'from Spark', born = DATE '2021-05-05' WHEN NOT MATCHED THEN INSERT *`);
      await expectSame();
      await spark(`UPDATE lake.db.${name} SET small = -7, seen = TIMESTAMP_NTZ '2022-02-02 02:02:02.000001' WHERE id < 5`);
      await spark(`DELETE FROM lake.db.${name} WHERE id % 7 = 3`);
      await expectSame();

      const table = await lake().load(name);
      await table.append(rows(100, 10));
      const merged = await table.merge({
        source: `SELECT DISTINCT ON (id) * FROM (${rows(0, 12)}) WHERE id NOT IN (3)`,
        on: ['id'],
        matched: [{ when: 's.id % 4 = 0', delete: true }, { set: { name: "'from us'", at: 's.at' } }],
        notMatched: [{ insert: { id: 's.id', name: 's.name' } }],
      });
      expect(merged).toMatchObject({ sourceRows: 11, deletedRows: 3 });
      await expectSame();
      const [first] = (await table.scan()).files;
      await table.overwritePartitions({ partitions: partitioning === '' ? 'all' : [first?.partition ?? {}], select: `FROM (${rows(0, 5)}) WHERE ${partitioning === ''}` });
      await expectSame();

      await spark(`MERGE INTO lake.db.${name} t USING (SELECT 101L AS id) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = 'again' WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, 'new')`);
      await spark(`DELETE FROM lake.db.${name} WHERE flag = true`);
      await expectSame();
    });
  });

  test.each(['snappy', 'gzip', 'zstd', 'uncompressed'])('data of Spark in the codec %s is read', async (codec) => {
    await lake().spark(`CREATE TABLE lake.db.codec_${codec} USING iceberg TBLPROPERTIES ('write.parquet.compression-codec' = '${codec}') AS SELECT id, CAST(id AS STRING) AS name FROM range(1000)`);
    expect(await differenceToSpark(lake(), `codec_${codec}`)).toEqual(noDifference);
    await (await lake().load(`codec_${codec}`)).append("SELECT -1 AS id, 'ours' AS name");
    expect(await differenceToSpark(lake(), `codec_${codec}`)).toEqual(noDifference);
  });

  test('nested columns of Spark are read', async () => {
    await lake().spark(`CREATE TABLE lake.db.nested (id BIGINT, place STRUCT<city: STRING, at: STRUCT<x: DOUBLE, y: DOUBLE>>, tags ARRAY<STRING>, counts MAP<STRING, BIGINT>, visits ARRAY<STRUCT<day: DATE, n: INT>>) USING iceberg`);
    await lake().spark(`INSERT INTO lake.db.nested VALUES
      (1, named_struct('city', 'Quito', 'at', named_struct('x', 0.1D, 'y', -78.5D)), array('a', NULL, ''), map('k', 1L, 'l', NULL), array(named_struct('day', DATE '2020-02-29', 'n', 3))),
      (2, named_struct('city', NULL, 'at', NULL), array(), map(), array()), (3, NULL, NULL, NULL, NULL)`);
    expect(await differenceToSpark(lake(), 'nested')).toEqual(noDifference);
  });

  test.each(['orc', 'avro'])('data of Spark in the format %s is refused, never taken for nothing', async (format) => {
    await lake().spark(`CREATE TABLE lake.db.format_${format} USING iceberg TBLPROPERTIES ('write.format.default' = '${format}') AS SELECT id FROM range(3)`);
    const table = await lake().load(`format_${format}`);
    await expect(table.scan()).rejects.toThrow(UnsupportedFeatureError);
  });

  test('the rows of NaN that Spark keeps out of its bounds are found', async () => {
    await lake().spark(`CREATE TABLE lake.db.nans USING iceberg AS SELECT * FROM VALUES (1L, 1.0D, 1.0F), (2L, double('NaN'), float('NaN')), (3L, NULL, NULL) AS t(id, wide, single)`);
    const table = await lake().load('nans');
    for (const column of ['wide', 'single']) {
      const { sql } = await table.scan({ filter: [{ column, op: '>', value: 5 }], columns: ['id'] });
      expect(await lake().engine.rows(sql)).toEqual([{ id: 2n }]);
    }
  });

  test('tags, branches and properties of Spark outlast our commits', async () => {
    const spark = (sql: string) => lake().spark(sql);
    await spark(`CREATE TABLE lake.db.named (id BIGINT) USING iceberg TBLPROPERTIES ('owner-team' = 'beer')`);
    await spark('INSERT INTO lake.db.named VALUES (1)');
    await spark('ALTER TABLE lake.db.named CREATE TAG first RETAIN 30 DAYS');
    await spark('ALTER TABLE lake.db.named CREATE BRANCH audit');
    await spark('INSERT INTO lake.db.named.branch_audit VALUES (2)');
    await spark('ALTER TABLE lake.db.named WRITE ORDERED BY id DESC');
    const refs = 'SELECT name, type, snapshot_id, max_reference_age_in_ms AS age FROM lake.db.named.refs WHERE name <> "main" ORDER BY name';
    const before = await spark(refs);
    const table = await lake().load('named');
    expect(await lake().engine.rows((await table.scan()).sql)).toEqual([{ id: 1n }]);
    await table.append('SELECT 3 AS id');
    expect(await spark(refs)).toEqual(before);
    expect(before).toHaveLength(2);
    const ids = async (from: string) => (await spark(`SELECT id FROM ${from} ORDER BY id`)).map(({ id }) => id);
    expect(await ids('lake.db.named')).toEqual(['1', '3']);
    expect(await ids("lake.db.named VERSION AS OF 'first'")).toEqual(['1']);
    expect(await ids('lake.db.named.branch_audit')).toEqual(['1', '2']);
    expect(await spark("SHOW TBLPROPERTIES lake.db.named ('owner-team')")).toEqual([{ key: 'owner-team', value: 'beer' }]);
    expect(await spark("SHOW TBLPROPERTIES lake.db.named ('sort-order')")).toEqual([{ key: 'sort-order', value: 'id DESC NULLS LAST' }]);
  });
}
