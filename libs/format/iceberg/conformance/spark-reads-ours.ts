import { beforeAll, describe, expect, test } from '@jest/globals';
import type { PartitionSpec } from '../src/partitions.ts';
import type { Predicate } from '../src/predicates.ts';
import { textLiteral } from '../src/sql-text.ts';
import type { Table } from '../src/table.ts';
import { difference, differenceToSpark, noDifference, type ForeignLake } from './foreign-lake.ts';
import { awkwardTexts, sampleColumns, sampleRows } from './sample-rows.ts';

const partitionings: [name: string, table: string, spec: PartitionSpec][] = [
  ['nothing', 'plain', []],
  ['awkward texts', 'by_text', [{ source: 'name', transform: 'identity' }]],
  ['booleans, ints and uuids', 'by_small', [{ source: 'flag', transform: 'identity' }, { source: 'small', transform: 'identity' }, { source: 'code', transform: 'identity' }]],
  ['longs and decimals', 'by_number', [{ source: 'big', transform: 'identity' }, { source: 'price', transform: 'identity' }, { source: 'amount', transform: 'identity' }, { source: 'huge', transform: 'identity' }]],
  ['dates and timestamps as they are', 'by_time', [{ source: 'born', transform: 'identity' }, { source: 'at', transform: 'identity' }, { source: 'seen', transform: 'identity' }]],
  ['year of a date, month and day of timestamps', 'by_ymd', [{ source: 'born', transform: 'year' }, { source: 'at', transform: 'month' }, { source: 'seen', transform: 'day' }]],
  ['month of a date, day and year of timestamps', 'by_mdy', [{ source: 'born', transform: 'month' }, { source: 'at', transform: 'day' }, { source: 'seen', transform: 'year' }]],
  ['day of a date, year and month of timestamps', 'by_dym', [{ source: 'born', transform: 'day' }, { source: 'at', transform: 'year' }, { source: 'seen', transform: 'month' }]],
];

/** Spark reads what this package wrote. */
export function describeSparkReadsOurs(lake: () => ForeignLake): void {
  describe.each(partitionings)('Spark reads a table of ours that is partitioned by %s', (_name, name, spec) => {
    test('after appends, a merge and an overwrite, vectorised and row by row', async () => {
      const { engine } = lake();
      const table = await lake().create(name, sampleColumns, spec);
      await table.append(sampleRows(0, 60));
      await table.append(sampleRows(60, 12));
      const appended = `${sampleRows(0, 60)} UNION ALL ${sampleRows(60, 12)}`;
      const read = await lake().fromSpark(`SELECT * FROM lake.db.${name}`, table.schema.fields);
      expect(await difference(engine, appended, read)).toEqual(noDifference);

      const source = `SELECT DISTINCT ON (id) * REPLACE (name || ' changed' AS name, -1 AS small) FROM (${sampleRows(50, 30)})`;
      const merged = await table.merge({
        source,
        on: ['id'],
        matched: [{ when: 's.id % 3 = 0', delete: true }, { set: { name: 's.name', small: 's.small', born: 's.born' } }],
        notMatched: [{ insert: Object.fromEntries(Object.keys(sampleColumns).map((column) => [column, `s.${column}`])) }],
      });
      expect(merged).toMatchObject({ insertedRows: 8, updatedRows: 16, deletedRows: 8 });
      const changed = `SELECT t.* REPLACE (CASE WHEN s.id IS NULL THEN t.name ELSE s.name END AS name, CASE WHEN s.id IS NULL THEN t.small ELSE s.small END AS small, CASE WHEN s.id IS NULL THEN t.born ELSE s.born END AS born)
        FROM (${appended}) t LEFT JOIN (${source}) s ON s.id = t.id WHERE s.id IS NULL OR s.id % 3 > 0 UNION ALL FROM (${source}) WHERE id >= 72`;
      expect(await difference(engine, changed, await lake().fromSpark(`SELECT * FROM lake.db.${name}`, table.schema.fields))).toEqual(noDifference);

      const [emptied] = (await table.scan()).files;
      const partitions = spec.length === 0 ? 'all' : [emptied?.partition ?? {}];
      await table.overwritePartitions({ partitions, select: `FROM (${sampleRows(0, 5)}) WHERE ${spec.length === 0}` });
      await readRowByRow(lake(), async () => expect(await differenceToSpark(lake(), name)).toEqual(noDifference));
    });
  });

  test('Spark reads column by column or row by row, as it is told', async () => {
    const operators = async () => (await lake().python.measure('SELECT * FROM lake.db.plain')).metrics.operators;
    expect(await operators()).toContain('ColumnarToRow');
    await readRowByRow(lake(), async () => expect(await operators()).not.toContain('ColumnarToRow'));
  });

  test('Spark itself finds no row that only one side has', async () => {
    const ours = await lake().toSpark(`SELECT * REPLACE (code::VARCHAR AS code) FROM (${(await (await lake().load('plain')).scan()).sql})`);
    const theirs = 'SELECT * FROM lake.db.plain';
    expect(await lake().spark(`${theirs} EXCEPT ALL ${ours}`)).toEqual([]);
    expect(await lake().spark(`${ours} EXCEPT ALL ${theirs}`)).toEqual([]);
    expect(await lake().spark(`${ours} EXCEPT ALL ${theirs} WHERE id > 1`)).not.toEqual([]);
  });

  describe('Spark finds the rows of a filter in a table of ours', () => {
    let table: Table;

    beforeAll(async () => {
      table = await lake().create('filtered', sampleColumns, [{ source: 'seen', transform: 'month' }, { source: 'flag', transform: 'identity' }]);
      for (const start of [0, 40, 80]) await table.append(sampleRows(start, 40));
      const texts = await lake().create('by_awkward', { id: 'long', name: 'string' }, [{ source: 'name', transform: 'identity' }]);
      await texts.append(`SELECT i AS id, n AS name FROM range(2) r(i), unnest([${awkwardTexts.map(textLiteral).join(', ')}]) t(n) UNION ALL SELECT -1, NULL`);
    });

    const cases: [sql: string, filter: Predicate[], filesForSpark: number][] = [
      ['id = 50', [{ column: 'id', op: '=', value: 50n }], 6],
      ['id >= 40 AND id < 60', [{ column: 'id', op: '>=', value: 40n }, { column: 'id', op: '<', value: 60n }], 7],
      ['id > 200', [{ column: 'id', op: '>', value: 200n }], 0],
      ['flag = true', [{ column: 'flag', op: '=', value: true }], 6],
      ['small = 2147483647', [{ column: 'small', op: '=', value: 2147483647 }], 6],
      ['big > 9007199254740992', [{ column: 'big', op: '>', value: 9007199254740992n }], 12],
      ["single >= float('1')", [{ column: 'single', op: '>=', value: 1 }], 18],
      ["wide < double('0')", [{ column: 'wide', op: '<', value: 0 }], 9],
      ["wide = double('0.1')", [{ column: 'wide', op: '=', value: 0.1 }], 9],
      ["wide > double('1e308')", [{ column: 'wide', op: '>', value: 1e308 }], 9],
      ['price <= 0.01', [{ column: 'price', op: '<=', value: '0.01' }], 21],
      ['amount = 128', [{ column: 'amount', op: '=', value: '128' }], 6],
      ['huge < 0', [{ column: 'huge', op: '<', value: '0' }], 12],
      ["born = DATE '9999-12-31'", [{ column: 'born', op: '=', value: '9999-12-31' }], 15],
      ["born < DATE '1900-01-01'", [{ column: 'born', op: '<', value: '1900-01-01' }], 17],
      ["at >= TIMESTAMP '2024-02-29 23:59:59.999999+00:00'", [{ column: 'at', op: '>=', value: '2024-02-29T23:59:59.999999Z' }], 6],
      ["seen < TIMESTAMP_NTZ '1970-01-01 00:00:00'", [{ column: 'seen', op: '<', value: '1970-01-01 00:00:00' }], 6],
      ["seen >= TIMESTAMP_NTZ '2020-01-02 00:00:00' AND seen <= TIMESTAMP_NTZ '2020-01-02 23:59:59'", [{ column: 'seen', op: '>=', value: '2020-01-02 00:00:00' }, { column: 'seen', op: '<=', value: '2020-01-02 23:59:59' }], 3],
      ["name = ''", [{ column: 'name', op: '=', value: '' }], 5],
      ["name > '🙂'", [{ column: 'name', op: '>', value: '🙂' }], 10],
      [`name IN ('${'x'.repeat(40)}', '漢字', 'not there')`, [{ column: 'name', op: 'in', value: ['x'.repeat(40), '漢字', 'not there'] }], 19],
      ["raw >= X'00D9FF'", [{ column: 'raw', op: '>=', value: Uint8Array.of(0, 0xd9, 0xff) }], 21],
    ];

    test.each(cases)('%s', async (sql, filter, filesForSpark) => {
      const ours = await table.scan({ filter, columns: ['id'] });
      const ids = (await lake().engine.rows(`SELECT id::VARCHAR AS id FROM (${ours.sql}) ORDER BY 1`)).map(({ id }) => id);
      const { rows, metrics } = await lake().python.measure(`SELECT CAST(id AS STRING) AS id FROM lake.db.filtered WHERE ${sql}`);
      expect(rows.map(({ id }) => id).sort()).toEqual(ids);
      expect(metrics['resultDataFiles']).toBe(String(filesForSpark));
      expect(metrics['skippedDataFiles']).toBe(String(21 - filesForSpark));
      expect(ours.files.length).toBeLessThanOrEqual(filesForSpark);
    });

    test('in the manifests whose partitions hold them, and in no others', async () => {
      const keyed = await lake().create('keyed', { key: 'long' }, [{ source: 'key', transform: 'identity' }]);
      for (const key of [1, 2, 3]) await keyed.append(`SELECT ${key} AS key`);
      const { rows, metrics } = await lake().python.measure('SELECT * FROM lake.db.keyed WHERE key = 2');
      expect(rows).toEqual([{ key: '2' }]);
      expect(metrics).toMatchObject({ totalDataManifest: '3', scannedDataManifests: '1', skippedDataManifests: '2' });
    });

    test.each(awkwardTexts)('in the one partition of the text %j', async (text) => {
      const { rows, metrics } = await lake().python.measure(`SELECT id FROM lake.db.by_awkward WHERE name = ${sparkText(text)}`);
      expect(rows.map(({ id }) => id).sort()).toEqual(['0', '1']);
      expect(metrics).toMatchObject({ resultDataFiles: '1', skippedDataFiles: String(awkwardTexts.length) });
    });

    test('in the partition of NULL', async () => {
      const { rows, metrics } = await lake().python.measure('SELECT id FROM lake.db.by_awkward WHERE name IS NULL');
      expect(rows).toEqual([{ id: '-1' }]);
      expect(metrics).toMatchObject({ resultDataFiles: '1' });
    });
  });

  describe('Spark travels in time in a table of ours', () => {
    test('by snapshot, by time and by name', async () => {
      const table = await lake().create('travelled', { id: 'long' });
      await table.append('SELECT 1 AS id');
      const first = table.currentSnapshot;
      await table.append('SELECT 2 AS id');
      await table.overwritePartitions({ partitions: 'all', select: 'SELECT 3 AS id' });
      const ids = async (at: string) => (await lake().spark(`SELECT id FROM lake.db.travelled ${at} ORDER BY id`)).map(({ id }) => id);
      expect(await ids('')).toEqual(['3']);
      expect(await ids(`VERSION AS OF ${first?.['snapshot-id']}`)).toEqual(['1']);
      expect(await ids(`TIMESTAMP AS OF timestamp_millis(${table.snapshots[1]?.['timestamp-ms']})`)).toEqual(['1', '2']);
      expect(await ids("VERSION AS OF 'main'")).toEqual(['3']);
      expect(await lake().spark(`CALL lake.system.rollback_to_snapshot('db.travelled', ${first?.['snapshot-id']})`)).toHaveLength(1);
      await table.refresh();
      expect(await lake().engine.rows((await table.scan()).sql)).toEqual([{ id: 1n }]);
    });
  });
}

/** Runs a check while Spark does not read in batches of columns. */
async function readRowByRow({ python }: ForeignLake, check: () => Promise<void>): Promise<void> {
  await python.sql('SET spark.sql.iceberg.vectorization.enabled=false');
  try {
    await check();
  } finally {
    await python.sql('RESET spark.sql.iceberg.vectorization.enabled');
  }
}

/** A text as Spark's SQL spells it. */
function sparkText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
