import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { differenceToSpark, noDifference, type ForeignLake } from './foreign-lake.ts';
import { sampleRows } from './sample-rows.ts';

const rows = (start: number, count: number) => `SELECT id, flag, wide, born, name FROM (${sampleRows(start, count)})`;

/** Tables with delete files and of other format versions. */
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
    test('is read right after each change', async () => {
      await make(name, partitioning, granularity);
      expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
      await spark(`DELETE FROM lake.db.${name} WHERE id % 5 = 1`);
      expect(Number((await spark(`SELECT count(*) AS n FROM lake.db.${name}.delete_files`))[0]?.['n'])).toBeGreaterThan(0);
      expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
      await spark(`UPDATE lake.db.${name} SET name = 'updated' WHERE id % 5 = 2`);
      await spark(`MERGE INTO lake.db.${name} t USING (SELECT id FROM range(85, 95)) s ON t.id = s.id WHEN MATCHED AND s.id % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET wide = 1 WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)`);
      expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
    });

    test('takes our appends, and Spark keeps its rows deleted', async () => {
      const before = await spark(`SELECT id, name FROM lake.db.${name} ORDER BY id, name`);
      const table = await lake().load(name);
      await table.append("SELECT 1000 AS id, NULL AS flag, NULL AS wide, NULL AS born, 'zz' AS name");
      expect(await spark(`SELECT id, name FROM lake.db.${name} ORDER BY id, name`)).toEqual([...before, { id: '1000', name: 'zz' }]);
      const [{ summary } = {}] = await spark(`SELECT summary FROM lake.db.${name}.snapshots ORDER BY committed_at DESC LIMIT 1`);
      const [{ n } = {}] = await spark(`SELECT count(*) AS n FROM lake.db.${name}.delete_files`);
      expect(summary).toMatchObject({ 'total-delete-files': n });
      expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
    });

    test('takes our merges and overwrites, which see the deletes', async () => {
      const merge = async () => (await lake().load(name)).merge({ source: 'SELECT * FROM (VALUES (3), (6), (7)) v(id)', on: ['id'], matched: [{ set: { name: "'merged'" } }], notMatched: [{ insert: { id: 's.id' } }] });
      await merge();
      expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
      const overwrite = async () => (await lake().load(name)).overwritePartitions({ partitions: partitioning === '' ? 'all' : [{ flag: true }], select: `FROM (${rows(0, 20)}) WHERE flag` });
      await overwrite();
      expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
    });

    test('is read right once Spark has compacted it', async () => {
      await spark(`CALL lake.system.rewrite_data_files(table => 'db.${name}', options => map('rewrite-all', 'true', 'remove-dangling-deletes', 'true'))`);
      await spark(`CALL lake.system.rewrite_position_delete_files(table => 'db.${name}', options => map('rewrite-all', 'true'))`);
      const [{ n } = {}] = await spark(`SELECT count(*) AS n FROM lake.db.${name}.delete_files`);
      expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
      expect(n).toBe('0');
    });
  });

  test('rows deleted by equality are read right, and later rows with the same value stay', async () => {
    await spark('CREATE TABLE lake.db.equal_deleted (id INT, name STRING) USING iceberg');
    await spark("INSERT INTO lake.db.equal_deleted SELECT /*+ COALESCE(1) */ CAST(id AS INT), CAST(id AS STRING) FROM range(10)");
    await lake().python.call(join(import.meta.dirname, 'equality_deletes.py'), 'delete_equal', { table: 'lake.db.equal_deleted', column: 'id', values: [3, 4, 400] });
    await spark("INSERT INTO lake.db.equal_deleted VALUES (3, 'again')");
    await lake().python.call(join(import.meta.dirname, 'equality_deletes.py'), 'delete_equal', { table: 'lake.db.equal_deleted', column: 'name', values: ['7'] });
    expect((await spark('SELECT name FROM lake.db.equal_deleted ORDER BY name')).map(({ name }) => name)).toEqual(['0', '1', '2', '5', '6', '8', '9', 'again']);
    expect(await differenceToSpark(lake(), 'equal_deleted')).toEqual(noDifference);
    const merge = async () => (await lake().load('equal_deleted')).merge({ source: 'SELECT 3 AS id', on: ['id'], matched: [{ set: { name: "'merged'" } }], notMatched: [{ insert: { id: 's.id' } }] });
    await merge();
      expect(await differenceToSpark(lake(), 'equal_deleted')).toEqual(noDifference);
  });

  test('a table of format version 3 is refused', async () => {
    await spark("CREATE TABLE lake.db.version3 USING iceberg TBLPROPERTIES ('format-version' = '3') AS SELECT id FROM range(3)");
    await expect(lake().load('version3')).rejects.toThrow(/v2\.metadata\.json|v1\.metadata\.json: found format-version 3, which is not supported/);
  });

  test('a table of format version 1 is refused until it is upgraded', async () => {
    await spark("CREATE TABLE lake.db.version1 USING iceberg TBLPROPERTIES ('format-version' = '1') AS SELECT id FROM range(3)");
    await expect(lake().load('version1')).rejects.toThrow(/found format-version 1, which is not supported/);
    await spark("ALTER TABLE lake.db.version1 SET TBLPROPERTIES ('format-version' = '2')");
    expect(await differenceToSpark(lake(), 'version1')).toEqual(noDifference);
    await spark('INSERT INTO lake.db.version1 VALUES (9)');
    const append = async () => (await lake().load('version1')).append('SELECT 10 AS id');
    await append();
      expect(await differenceToSpark(lake(), 'version1')).toEqual(noDifference);
  });
}
