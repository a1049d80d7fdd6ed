import { describe, expect, test } from '@jest/globals';
import type { PartitionSpec } from '../src/partitions.ts';
import { textLiteral } from '../src/sql-text.ts';
import { difference, differenceToSpark, noDifference, type ForeignLake } from './foreign-lake.ts';
import { sampleColumns, sampleRows } from './sample-rows.ts';

const partitionings: [name: string, table: string, spec: PartitionSpec][] = [
  ['buckets of numbers and dates', 'by_buckets', (['small', 'big', 'price', 'amount', 'mid', 'huge', 'born'] as const).map((source) => ({ source, transform: 'bucket[3]' }))],
  ['buckets of texts, bytes and times', 'by_hashes', (['name', 'code', 'raw', 'at', 'seen'] as const).map((source) => ({ source, transform: 'bucket[4]' }))],
  ['widths of texts, bytes and numbers', 'by_widths', [{ source: 'name', transform: 'truncate[2]' }, { source: 'raw', transform: 'truncate[1]' }, { source: 'small', transform: 'truncate[10]' }, { source: 'big', transform: 'truncate[1000]' }, { source: 'amount', transform: 'truncate[50]' }]],
  ['hours and nothing', 'by_hours', [{ source: 'at', transform: 'hour' }, { source: 'flag', transform: 'void' }, { source: 'seen', transform: 'hour' }]],
  ['bytes as they are', 'by_bytes', [{ source: 'raw', transform: 'identity' }]],
];

/** Partitions by transforms that are computed from values: every engine must come to the same. */
export function describePartitionTransforms(lake: () => ForeignLake): void {
  const spark = (sql: string) => lake().spark(sql);

  describe.each(partitionings)('a table of ours that is partitioned by %s', (_name, name, spec) => {
    const shares = async () => (await spark(`SELECT CAST(partition AS STRING) AS partition, record_count AS n FROM lake.db.${name}.partitions ORDER BY 1`)).map(({ partition, n }) => [partition, Number(n)] as const);

    test('gets the same rows from Spark into the same partitions', async () => {
      const table = await lake().create(name, sampleColumns, spec);
      await table.append(sampleRows(0, 60));
      expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
      const ours = await shares();
      expect(ours.length).toBeGreaterThan(20);
      await spark(`INSERT INTO lake.db.${name} SELECT /*+ COALESCE(1) */ * FROM lake.db.${name}`);
      expect(await shares()).toEqual(ours.map(([partition, n]) => [partition, 2 * n]));
      expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
    });

    test('is filtered, merged into and compacted in turns', async () => {
      const { sql } = await (await lake().load(name)).scan();
      for (const { source } of spec) {
        const quoted = `"${source}"`;
        const isBytes = source === 'raw';
        const [row] = await lake().engine.rows(`SELECT ${isBytes ? `hex(${quoted})` : `${quoted}::VARCHAR`} AS v, count(*)::INTEGER AS n FROM (${sql}) WHERE ${quoted} IS NOT NULL GROUP BY ALL ORDER BY n DESC, v LIMIT 1`);
        const literal = isBytes ? `X'${String(row?.['v'])}'` : source === 'name' || source === 'code' ? textLiteral(String(row?.['v'])) : `CAST(${textLiteral(String(row?.['v']))} AS ${sparkTypes[source] ?? 'STRING'})`;
        expect([source, await spark(`SELECT count(*) AS n FROM lake.db.${name} WHERE ${source} = ${literal}`)]).toEqual([source, [{ n: String(row?.['n']) }]]);
      }
      const table = await lake().load(name);
      await table.merge({ source: 'SELECT * FROM (VALUES (3), (12), (1000)) v(id)', on: ['id'], matched: [{ when: 's.id = 3', delete: true }, { set: { name: "'merged'", big: '7' } }], notMatched: [{ insert: { id: 's.id', name: "'new'" } }] });
      expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
      await spark(`UPDATE lake.db.${name} SET small = -15, raw = X'00FF' WHERE id IN (12, 13, 14)`);
      expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
      const before = (await (await lake().load(name)).scan()).sql;
      await spark(`CALL lake.system.rewrite_data_files(table => 'db.${name}', options => map('rewrite-all', 'true'))`);
      expect(await difference(lake().engine, before, (await (await lake().load(name)).scan()).sql)).toEqual(noDifference);
      await (await lake().load(name)).compact({ minInputFiles: 2 });
      expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
    });
  });

  test.each(['bucket(4, id)', 'truncate(2, name)', 'hours(at)', 'bucket(3, name), truncate(10, id), hours(seen)'])('a table that Spark partitions by %s is read, appended to and merged into', async (transform) => {
    const name = `spark_by_${transform.slice(0, 3)}${transform.length}`;
    await spark(`CREATE TABLE lake.db.${name} (id BIGINT, name STRING, at TIMESTAMP, seen TIMESTAMP_NTZ) USING iceberg PARTITIONED BY (${transform})`);
    await spark(`INSERT INTO lake.db.${name} SELECT id, CONCAT('n', id), timestamp_seconds(id * 4000), CAST('1969-12-31 22:30:00' AS TIMESTAMP_NTZ) FROM range(20)`);
    expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
    const table = await lake().load(name);
    await table.append("SELECT 100 AS id, 'ours' AS name, TIMESTAMPTZ '1969-12-31 23:59:59.999999+00' AS at, TIMESTAMP '2020-01-01' AS seen");
    await table.merge({ source: 'SELECT * FROM (VALUES (7), (100), (200)) v(id)', on: ['id'], matched: [{ set: { name: "'merged'" } }], notMatched: [{ insert: { id: 's.id' } }] });
    expect(await differenceToSpark(lake(), name)).toEqual(noDifference);
    for (const id of [7, 11, 100]) {
      const filter = [{ column: 'id', op: '=', value: id }] as const;
      expect(await differenceToSpark(lake(), name, { filter: `id = ${id}`, options: { filter } })).toEqual(noDifference);
    }
  });

  test('a partition field that format version 1 turned to nothing is kept and written', async () => {
    await spark("CREATE TABLE lake.db.voided (id INT, name STRING) USING iceberg PARTITIONED BY (name, bucket(2, id)) TBLPROPERTIES ('format-version' = '1')");
    await spark("INSERT INTO lake.db.voided VALUES (1, 'a'), (2, 'b')");
    await spark('ALTER TABLE lake.db.voided DROP PARTITION FIELD name');
    await spark("ALTER TABLE lake.db.voided SET TBLPROPERTIES ('format-version' = '2')");
    await spark("INSERT INTO lake.db.voided VALUES (3, 'c')");
    const table = await lake().load('voided');
    expect(table.metadata['partition-specs'].find((spec) => spec['spec-id'] === table.metadata['default-spec-id'])?.fields.map(({ transform }) => transform)).toEqual(['void', 'bucket[2]']);
    await table.append("SELECT * FROM (VALUES (4, 'd'), (5, 'e')) v(id, name)");
    await table.merge({ source: 'SELECT 1 AS id', on: ['id'], matched: [{ set: { name: "'merged'" } }] });
    expect(await differenceToSpark(lake(), 'voided')).toEqual(noDifference);
    await spark("INSERT INTO lake.db.voided VALUES (6, 'f')");
    expect(await differenceToSpark(lake(), 'voided')).toEqual(noDifference);
  });
}

const sparkTypes: Record<string, string> = { small: 'INT', big: 'BIGINT', price: 'DECIMAL(9,2)', amount: 'DECIMAL(18,6)', mid: 'DECIMAL(25,5)', huge: 'DECIMAL(38,10)', born: 'DATE', at: 'TIMESTAMP', seen: 'TIMESTAMP_NTZ', flag: 'BOOLEAN' };
