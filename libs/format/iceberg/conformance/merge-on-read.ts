import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CorruptFileError, DeleteFilesError, UnsupportedFeatureError } from '../src/errors.ts';
import { differenceToSpark, noDifference, type ForeignLake } from './foreign-lake.ts';
import { sampleRows } from './sample-rows.ts';
import { expectChangeOrRefusal, expectRowsOrRefusal, supported } from './supported.ts';

const rows = (start: number, count: number) => `SELECT id, flag, wide, born, name FROM (${sampleRows(start, count)})`;

/** Tables with delete files: read right or not at all. */
export function describeMergeOnRead(lake: () => ForeignLake): void {
  const spark = (sql: string) => lake().spark(sql);
  const make = async (name: string, partitioning: string, granularity: string) => {
    await spark(`CREATE TABLE lake.db.${name} (id BIGINT, flag BOOLEAN, wide DOUBLE, born DATE, name STRING) USING iceberg ${partitioning} TBLPROPERTIES (
      'write.merge.mode' = 'merge-on-read', 'write.update.mode' = 'merge-on-read', 'write.delete.mode' = 'merge-on-read', 'write.delete.granularity' = '${granularity}')`);
    await spark(`INSERT INTO lake.db.${name} SELECT /*+ COALESCE(1) */ * FROM (${await lake().toSpark(rows(0, 60))})`);
    await spark(`INSERT INTO lake.db.${name} SELECT /*+ COALESCE(1) */ * FROM (${await lake().toSpark(rows(60, 30))})`);
  };

  describe.each([
    ['without partitions, a delete file for each data file', 'mor_plain', '', 'file'],
    ['with partitions, a delete file for each', 'mor_parts', 'PARTITIONED BY (flag)', 'partition'],
  ])('a table that Spark changes by merge-on-read, %s', (_name, name, partitioning, granularity) => {
    const { positionDeletes } = supported;

    test('is read right or refused after each change, and never changed on a wrong reading', async () => {
      await make(name, partitioning, granularity);
      expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
      await spark(`DELETE FROM lake.db.${name} WHERE id % 5 = 1`);
      expect(Number((await spark(`SELECT count(*) AS n FROM lake.db.${name}.delete_files`))[0]?.['n'])).toBeGreaterThan(0);
      await expectRowsOrRefusal(lake(), name, positionDeletes, DeleteFilesError);
      await spark(`UPDATE lake.db.${name} SET name = 'updated' WHERE id % 5 = 2`);
      await spark(`MERGE INTO lake.db.${name} t USING (SELECT id FROM range(85, 95)) s ON t.id = s.id WHEN MATCHED AND s.id % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET wide = 1 WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)`);
      await expectRowsOrRefusal(lake(), name, positionDeletes, DeleteFilesError);
    });

    test('takes our appends, and Spark keeps its rows deleted', async () => {
      const before = await spark(`SELECT id, name FROM lake.db.${name} ORDER BY id, name`);
      const table = await lake().load(name);
      await table.append("SELECT 1000 AS id, NULL AS flag, NULL AS wide, NULL AS born, 'zz' AS name");
      expect(await spark(`SELECT id, name FROM lake.db.${name} ORDER BY id, name`)).toEqual([...before, { id: '1000', name: 'zz' }]);
      const [{ summary } = {}] = await spark(`SELECT summary FROM lake.db.${name}.snapshots ORDER BY committed_at DESC LIMIT 1`);
      const [{ n } = {}] = await spark(`SELECT count(*) AS n FROM lake.db.${name}.delete_files`);
      expect(summary).toMatchObject({ 'total-delete-files': n });
      await expectRowsOrRefusal(lake(), name, positionDeletes, DeleteFilesError);
    });

    test('takes our merges and overwrites only when they see the deletes', async () => {
      const merge = async () => (await lake().load(name)).merge({ source: 'SELECT * FROM (VALUES (3), (6), (7)) v(id)', on: ['id'], matched: [{ set: { name: "'merged'" } }], notMatched: [{ insert: { id: 's.id' } }] });
      await expectChangeOrRefusal(lake(), name, positionDeletes, DeleteFilesError, merge);
      const overwrite = async () => (await lake().load(name)).overwritePartitions({ partitions: partitioning === '' ? 'all' : [{ flag: true }], select: `FROM (${rows(0, 20)}) WHERE flag` });
      await expectChangeOrRefusal(lake(), name, positionDeletes, DeleteFilesError, overwrite);
    });

    test('is read in any case once Spark has compacted it', async () => {
      await spark(`CALL lake.system.rewrite_data_files(table => 'db.${name}', options => map('rewrite-all', 'true', 'remove-dangling-deletes', 'true'))`);
      await spark(`CALL lake.system.rewrite_position_delete_files(table => 'db.${name}', options => map('rewrite-all', 'true'))`);
      const [{ n } = {}] = await spark(`SELECT count(*) AS n FROM lake.db.${name}.delete_files`);
      await expectRowsOrRefusal(lake(), name, positionDeletes || n === '0', DeleteFilesError);
      expect(n).toBe('0');
    });
  });

  test('rows deleted by equality are read right or refused, and later rows with the same value stay', async () => {
    const { equalityDeletes } = supported;
    await spark('CREATE TABLE lake.db.equal_deleted (id INT, name STRING) USING iceberg');
    await spark("INSERT INTO lake.db.equal_deleted SELECT /*+ COALESCE(1) */ CAST(id AS INT), CAST(id AS STRING) FROM range(10)");
    await lake().python.call(join(import.meta.dirname, 'equality_deletes.py'), 'delete_equal', { table: 'lake.db.equal_deleted', column: 'id', values: [3, 4, 400] });
    await spark("INSERT INTO lake.db.equal_deleted VALUES (3, 'again')");
    await lake().python.call(join(import.meta.dirname, 'equality_deletes.py'), 'delete_equal', { table: 'lake.db.equal_deleted', column: 'name', values: ['7'] });
    expect((await spark('SELECT name FROM lake.db.equal_deleted ORDER BY name')).map(({ name }) => name)).toEqual(['0', '1', '2', '5', '6', '8', '9', 'again']);
    await expectRowsOrRefusal(lake(), 'equal_deleted', equalityDeletes, DeleteFilesError);
    const merge = async () => (await lake().load('equal_deleted')).merge({ source: 'SELECT 3 AS id', on: ['id'], matched: [{ set: { name: "'merged'" } }], notMatched: [{ insert: { id: 's.id' } }] });
    await expectChangeOrRefusal(lake(), 'equal_deleted', equalityDeletes, DeleteFilesError, merge);
  });

  test.each(['bucket(4, id)', 'truncate(2, name)', 'hours(at)'])('a table that Spark partitions by %s is read right or refused', async (transform) => {
    const name = `by_${transform.slice(0, 3)}`;
    await spark(`CREATE TABLE lake.db.${name} (id BIGINT, name STRING, at TIMESTAMP) USING iceberg PARTITIONED BY (${transform})`);
    await spark(`INSERT INTO lake.db.${name} SELECT id, CONCAT('n', id), timestamp_seconds(id * 4000) FROM range(20)`);
    await expectRowsOrRefusal(lake(), name, supported.otherTransforms, UnsupportedFeatureError);
    const append = async () => (await lake().load(name)).append("SELECT 100 AS id, 'ours' AS name, TIMESTAMPTZ '1969-12-31 23:59:59.999999+00' AS at");
    await expectChangeOrRefusal(lake(), name, supported.otherTransforms, UnsupportedFeatureError, append);
  });

  test('a table of format version 3 is refused', async () => {
    await spark("CREATE TABLE lake.db.version3 USING iceberg TBLPROPERTIES ('format-version' = '3') AS SELECT id FROM range(3)");
    await expect(lake().load('version3')).rejects.toThrow(/v2\.metadata\.json|v1\.metadata\.json: found format-version 3, which is not supported/);
  });

  test('a table of format version 1 is refused until it is upgraded', async () => {
    await spark("CREATE TABLE lake.db.version1 USING iceberg TBLPROPERTIES ('format-version' = '1') AS SELECT id FROM range(3)");
    await expect(lake().load('version1')).rejects.toThrow(/found format-version 1, which is not supported/);
    await spark("ALTER TABLE lake.db.version1 SET TBLPROPERTIES ('format-version' = '2')");
    await expectRowsOrRefusal(lake(), 'version1', supported.upgradedTables, CorruptFileError);
    await spark('INSERT INTO lake.db.version1 VALUES (9)');
    const append = async () => (await lake().load('version1')).append('SELECT 10 AS id');
    await expectChangeOrRefusal(lake(), 'version1', supported.upgradedTables, CorruptFileError, append);
  });
}
