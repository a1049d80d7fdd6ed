import { describe, expect, test } from '@jest/globals';
import { createFileCatalog } from '../src/catalog.ts';
import { RequiredColumnError } from '../src/errors.ts';
import { createTable } from '../src/table.ts';
import type { Field, IcebergType } from '../src/types.ts';
import { differenceToSpark, noDifference, type ForeignLake } from './foreign-lake.ts';
import { sampleColumns, sampleRows } from './sample-rows.ts';

/** Shapes of our tables that a reader could stumble over. */
export function describeSparkEdges(lake: () => ForeignLake): void {
  const spark = (sql: string) => lake().spark(sql);
  const expectSame = async (name: string) => expect(await differenceToSpark(lake(), name)).toEqual(noDifference);

  describe('Spark reads of ours', () => {
    test('a table without snapshots, one without rows and one whose rows are all gone', async () => {
      const table = await lake().create('empty', { id: 'long' });
      await expectSame('empty');
      await table.append('SELECT 1 AS id WHERE false', { commitWhenEmpty: true, summary: { note: 'nothing' } });
      await expectSame('empty');
      await table.append('SELECT 1 AS id');
      await table.merge({ source: 'SELECT 1 AS id', on: ['id'], matched: [{ delete: true }] });
      expect(await spark('SELECT operation, summary["note"] AS note FROM lake.db.empty.snapshots ORDER BY committed_at')).toEqual([
        { operation: 'append', note: 'nothing' }, { operation: 'append', note: null }, { operation: 'delete', note: null },
      ]);
      await expectSame('empty');
      await spark('INSERT INTO lake.db.empty VALUES (5)');
      await expectSame('empty');
    });

    test('columns that must have values, and refuses rows without them', async () => {
      const fields: Field[] = [{ id: 1, name: 'id', required: true, type: 'long', doc: 'key' }, { id: 2, name: 'name', required: true, type: 'string' }, { id: 3, name: 'price', required: true, type: 'decimal(9, 2)' }];
      const catalog = createFileCatalog({ io: lake().ports.io, location: lake().location('strict') });
      const table = await createTable({ catalog, ports: lake().ports, schema: { fields } });
      await table.append("SELECT i AS id, 'n' || i AS name, i / 4 AS price FROM range(50) r(i)");
      await expectSame('strict');
      await expect(spark('INSERT INTO lake.db.strict VALUES (1, NULL, 0)')).rejects.toThrow(/null/i);
      expect(await spark('DESCRIBE lake.db.strict')).toContainEqual({ col_name: 'id', data_type: 'bigint', comment: 'key' });
    });

    test('nested columns', async () => {
      const columns: Record<string, IcebergType> = {
        id: 'long',
        place: { type: 'struct', fields: [{ id: 10, name: 'city', required: false, type: 'string' }, { id: 11, name: 'at', required: false, type: { type: 'struct', fields: [{ id: 12, name: 'x', required: false, type: 'double' }] } }] },
        tags: { type: 'list', 'element-id': 13, element: 'string', 'element-required': false },
        counts: { type: 'map', 'key-id': 14, key: 'string', 'value-id': 15, value: 'decimal(9, 2)', 'value-required': false },
        visits: { type: 'list', 'element-id': 16, 'element-required': false, element: { type: 'struct', fields: [{ id: 17, name: 'day', required: false, type: 'date' }] } },
      };
      const table = await lake().create('nested_ours', columns);
      await table.append(`SELECT * FROM (VALUES
        (1, {'city': 'Quito', 'at': {'x': 0.5}}, ['a', NULL, ''], MAP {'k': 1.25, 'l': NULL}, [{'day': DATE '2020-02-29'}, NULL]),
        (2, {'city': NULL, 'at': NULL}, [], MAP {}, []),
        (3, NULL, NULL, NULL, NULL)) v(id, place, tags, counts, visits)`);
      await expectSame('nested_ours');
      expect(await spark("SELECT id FROM lake.db.nested_ours WHERE place.at.x > 0.25 AND array_contains(tags, 'a')")).toEqual([{ id: '1' }]);
      await spark("INSERT INTO lake.db.nested_ours SELECT id + 10, place, tags, counts, visits FROM lake.db.nested_ours");
      await expectSame('nested_ours');
    });

    test('nested columns whose parts must have values, and refuses rows without them as we do', async () => {
      const table = await lake().create('strict_inside', {
        id: 'long',
        place: { type: 'struct', fields: [{ id: 10, name: 'city', required: true, type: 'string' }] },
        tags: { type: 'list', 'element-id': 13, element: 'string', 'element-required': true },
        counts: { type: 'map', 'key-id': 14, key: 'string', 'value-id': 15, value: 'int', 'value-required': true },
      });
      await table.append("SELECT * FROM (VALUES (1, {'city': 'Quito'}, ['a', ''], MAP {'k': 1}), (2, NULL, NULL, NULL), (3, {'city': ''}, [], MAP {})) v(id, place, tags, counts)");
      await expectSame('strict_inside');
      await spark("INSERT INTO lake.db.strict_inside SELECT id + 10, place, tags, counts FROM lake.db.strict_inside");
      await expectSame('strict_inside');
      await expect(spark("INSERT INTO lake.db.strict_inside VALUES (9, named_struct('city', CAST(NULL AS STRING)), NULL, NULL)")).rejects.toThrow(/null/i);
      await expect((await lake().load('strict_inside')).append("SELECT 9 AS id, {'city': NULL} AS place, NULL AS tags, NULL AS counts")).rejects.toThrow(RequiredColumnError);
      await expectSame('strict_inside');
    });

    test('columns of awkward names, as columns and as partitions', async () => {
      const table = await lake().create('awkward', { 'two words': 'long', 'Größe': 'int', 'a.b': 'string', 'semi;colon="x"': 'string', SELECT: 'date', '1st': 'boolean' }, [
        { source: 'two words', transform: 'identity' }, { source: 'a.b', transform: 'identity' }, { source: 'SELECT', transform: 'month' }, { source: '1st', transform: 'identity' },
      ]);
      await table.append(
        `SELECT i AS "two words", i::INTEGER AS "Größe", 'v' || i % 2 AS "a.b", 'x' AS "semi;colon=""x""", DATE '2020-01-01' + (i * 20)::INTEGER AS "SELECT", i % 2 = 0 AS "1st" FROM range(8) r(i)`,
      );
      await expectSame('awkward');
      const { rows, metrics } = await lake().python.measure('SELECT `Größe` FROM lake.db.awkward WHERE `two words` = 3');
      expect(rows).toEqual([{ 'Größe': '3' }]);
      expect(metrics).toMatchObject({ resultDataFiles: '1' });
    });

    test('a file of several row groups in splits, each row once', async () => {
      const table = await lake().create('large', { id: 'long', name: 'string' }, [], { 'read.split.target-size': '200000', 'read.split.open-file-cost': '1000' });
      await table.append("SELECT i AS id, 'name ' || i AS name FROM range(400000) r(i)");
      expect((await table.scan()).files).toHaveLength(1);
      const { rows, metrics } = await lake().python.measure('SELECT id FROM lake.db.large WHERE id >= 399990');
      expect(rows.map(({ id }) => Number(id)).sort()).toEqual(Array.from({ length: 10 }, (_, index) => 399990 + index));
      expect(metrics).toMatchObject({ resultDataFiles: '1' });
      expect(await spark('SELECT count(*) AS n, count(DISTINCT id) AS ids, sum(id) AS total FROM lake.db.large WHERE length(name) > 5')).toEqual([{ n: '400000', ids: '400000', total: String((399999n * 400000n) / 2n) }]);
      const [file] = await spark('SELECT split_offsets, file_size_in_bytes FROM lake.db.large.files');
      expect(file?.['split_offsets']).toHaveLength(4);
    });

    test('manifests that were merged', async () => {
      const table = await lake().create('manifests_merged', { id: 'long', kind: 'string' }, [{ source: 'kind', transform: 'identity' }], { 'commit.manifest.min-count-to-merge': '4' });
      for (let index = 0; index < 11; index++) await table.append(`SELECT ${index} AS id, 'k${index % 2}' AS kind`);
      await table.merge({ source: 'SELECT 3 AS id', on: ['id'], matched: [{ delete: true }] });
      expect((await spark('SELECT path FROM lake.db.manifests_merged.manifests')).length).toBeLessThan(6);
      await expectSame('manifests_merged');
      const sequence = await spark('SELECT data_file.file_path AS path, sequence_number AS n FROM lake.db.manifests_merged.entries WHERE status < 2 ORDER BY n');
      expect(new Set(sequence.map(({ n }) => n)).size).toBe(10);
    });
  });

  test('Spark answers min, max and count from our bounds alone, and right', async () => {
    const { code: _uuid, raw: _raw, name: _name, ...columns } = sampleColumns;
    const table = await lake().create('bounded', columns, [{ source: 'flag', transform: 'identity' }]);
    const rows = `SELECT ${Object.keys(columns).map((column) => `"${column}"`).join(', ')} FROM (${sampleRows(0, 60)})`;
    await table.append(rows);
    await table.append(`SELECT * REPLACE (id + 100 AS id) FROM (${rows}) WHERE NOT isnan(wide) AND NOT isnan(single)`);
    for (const [column, type] of Object.entries(columns)) {
      if (type === 'float' || type === 'double') continue;
      const text = type.startsWith('timestamp') ? 'epoch_us' : '';
      const [ours] = await lake().engine.rows(`SELECT ${text}(min("${column}"))::VARCHAR AS low, ${text}(max("${column}"))::VARCHAR AS high, count("${column}")::VARCHAR AS n FROM (${(await table.scan()).sql})`);
      const sparkMeasure = (name: string) => (type.startsWith('timestamp') ? `unix_micros(CAST(${name}(${column}) AS TIMESTAMP))` : `CAST(${name}(${column}) AS STRING)`);
      const { rows: [theirs], metrics } = await lake().python.measure(`SELECT ${sparkMeasure('min')} AS low, ${sparkMeasure('max')} AS high, count(${column}) AS n FROM lake.db.bounded`);
      expect([column, metrics.operators.includes('LocalTableScan')]).toEqual([column, true]);
      expect([column, theirs]).toEqual([column, ours]);
    }
  });

  test('Spark sees in its changelog what our merge changed', async () => {
    const table = await lake().create('changed', { id: 'long', name: 'string' });
    await table.append("SELECT i AS id, 'n' || i AS name FROM range(4) r(i)");
    const before = table.currentSnapshot?.['snapshot-id'];
    await table.merge({
      source: "SELECT * FROM (VALUES (1, 'new'), (2, NULL), (9, 'nine')) v(id, name)",
      on: ['id'],
      matched: [{ when: 's.name IS NULL', delete: true }, { set: { name: 's.name' } }],
      notMatched: [{ insert: { id: 's.id', name: 's.name' } }],
    });
    await spark(`CALL lake.system.create_changelog_view(table => 'db.changed', changelog_view => 'changes', options => map('start-snapshot-id', '${before}'), identifier_columns => array('id'), compute_updates => true)`);
    expect(await spark('SELECT id, name, _change_type FROM changes ORDER BY id, _change_type DESC')).toEqual([
      { id: '1', name: 'n1', _change_type: 'UPDATE_BEFORE' },
      { id: '1', name: 'new', _change_type: 'UPDATE_AFTER' },
      { id: '2', name: 'n2', _change_type: 'DELETE' },
      { id: '9', name: 'nine', _change_type: 'INSERT' },
    ]);
  });
}
