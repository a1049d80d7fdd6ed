import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { preparePython, startPython, type ExactValue } from '@data-master/spark/testing';
import { fixturePrefix, type FixtureIndex } from './fixtures.ts';

/** Makes `testdata/<writer>` anew; run it by `node conformance/make-fixtures.ts`. */
const testdata = join(import.meta.dirname, 'testdata');
const warehouse = (writer: string) => join(fixturePrefix, writer);

const environment = await preparePython();
if (environment.missing !== undefined) throw new Error(environment.missing);
await rm(fixturePrefix, { recursive: true, force: true });
const python = startPython(environment);
const { version: spark } = await python.startSpark({
  'spark.sql.catalog.lake': 'org.apache.iceberg.spark.SparkCatalog',
  'spark.sql.catalog.lake.type': 'hadoop',
  'spark.sql.catalog.lake.warehouse': warehouse('spark'),
  'spark.sql.catalog.lake.cache-enabled': 'false',
});


interface SparkFixture {
  name: string;
  /** `$table` stands for the table in the catalog, `$name` for its name. */
  statements: string[];
}

const columns = 'id BIGINT, flag BOOLEAN, small INT, single FLOAT, wide DOUBLE, price DECIMAL(9, 2), huge DECIMAL(38, 10), born DATE, at TIMESTAMP, seen TIMESTAMP_NTZ, name STRING, raw BINARY';
const values = `(1, true, -2147483648, float('NaN'), double('-0.0'), 9999999.99, -9999999999999999999999999999.9999999999, DATE '0001-01-01', TIMESTAMP '2024-02-29 23:59:59.999999', TIMESTAMP_NTZ '1969-12-31 23:59:59.999999', 'línea 漢字 🙂', X'00FF'),
  (2, false, 2147483647, float('Infinity'), 1.7976931348623157E308D, -0.01, 0, DATE '9999-12-31', TIMESTAMP '1900-01-01 00:00:00', TIMESTAMP_NTZ '2020-12-31 00:00:00', '', X''),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`;
const mergeOnRead = "'write.delete.mode' = 'merge-on-read', 'write.update.mode' = 'merge-on-read', 'write.merge.mode' = 'merge-on-read'";
const five = "INSERT INTO $table SELECT /*+ COALESCE(1) */ CAST(id AS INT), CONCAT('n', id) FROM range(5)";

const halves = "INSERT INTO $table SELECT /*+ COALESCE(1) */ CAST(id AS INT), CONCAT('half ', id % 2) FROM range(6)";

const sparkFixtures: SparkFixture[] = [
  { name: 'types', statements: [`CREATE TABLE $table (${columns}) USING iceberg`, `INSERT INTO $table SELECT /*+ COALESCE(1) */ * FROM VALUES ${values}`] },
  {
    name: 'partitioned',
    statements: [
      `CREATE TABLE $table (${columns}) USING iceberg PARTITIONED BY (flag, price, years(born), months(at), days(seen)) TBLPROPERTIES ('write.distribution-mode' = 'none', 'write.spark.fanout.enabled' = 'true')`,
      `INSERT INTO $table SELECT /*+ COALESCE(1) */ * FROM VALUES ${values}`,
      "MERGE INTO $table t USING (SELECT 2L AS id UNION ALL SELECT 4L) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = 'merged' WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, 'inserted')",
    ],
  },
  {
    name: 'nested',
    statements: [
      'CREATE TABLE $table (id BIGINT, place STRUCT<city: STRING, at: STRUCT<x: DOUBLE, y: DOUBLE>>, tags ARRAY<STRING>, counts MAP<STRING, BIGINT>) USING iceberg',
      "INSERT INTO $table SELECT /*+ COALESCE(1) */ * FROM VALUES (1L, named_struct('city', 'Quito', 'at', named_struct('x', 0.1D, 'y', -78.5D)), array('a', NULL, ''), map('k', 1L)), (2L, named_struct('city', NULL, 'at', NULL), array(), map()), (3L, NULL, NULL, NULL)",
    ],
  },
  {
    name: 'evolved',
    statements: [
      'CREATE TABLE $table (id INT, name STRING, old STRING, single FLOAT, price DECIMAL(5, 2)) USING iceberg',
      "INSERT INTO $table VALUES (1, 'one', 'gone', float('0.1'), 1.25)",
      'ALTER TABLE $table ALTER COLUMN id TYPE BIGINT', 'ALTER TABLE $table ALTER COLUMN single TYPE DOUBLE', 'ALTER TABLE $table ALTER COLUMN price TYPE DECIMAL(12, 2)',
      'ALTER TABLE $table RENAME COLUMN name TO title', 'ALTER TABLE $table DROP COLUMN old', 'ALTER TABLE $table ADD COLUMN old BIGINT FIRST', 'ALTER TABLE $table ADD PARTITION FIELD title',
      "INSERT INTO $table VALUES (20, 9007199254740993, 'two', 0.1D, 1234567890.12)",
      'ALTER TABLE $table DROP PARTITION FIELD title',
      "INSERT INTO $table VALUES (30, 3, 'three', NULL, NULL)",
    ],
  },
  {
    name: 'maintained',
    statements: [
      'CREATE TABLE $table (id INT, name STRING) USING iceberg PARTITIONED BY (name)', five, five,
      "CALL lake.system.rewrite_data_files(table => 'db.$name', options => map('rewrite-all', 'true'))", "CALL lake.system.rewrite_manifests('db.$name')",
      "CALL lake.system.expire_snapshots(table => 'db.$name', older_than => TIMESTAMP '2100-01-01 00:00:00', retain_last => 1)",
      'DELETE FROM $table WHERE id = 3',
    ],
  },
  { name: 'named', statements: ['CREATE TABLE $table (id INT, name STRING) USING iceberg', five, 'ALTER TABLE $table CREATE TAG first', 'ALTER TABLE $table CREATE BRANCH audit', "INSERT INTO $table.branch_audit VALUES (50, 'on the branch')", "INSERT INTO $table VALUES (60, 'on main')"] },
  { name: 'position_deletes', statements: [`CREATE TABLE $table (id INT, name STRING) USING iceberg TBLPROPERTIES (${mergeOnRead})`, five, five, 'DELETE FROM $table WHERE id = 3', "UPDATE $table SET name = 'updated' WHERE id = 4"] },
  { name: 'position_deletes_in_partitions', statements: [`CREATE TABLE $table (id INT, name STRING) USING iceberg PARTITIONED BY (name) TBLPROPERTIES (${mergeOnRead}, 'write.delete.granularity' = 'partition')`, halves, halves, 'DELETE FROM $table WHERE id IN (1, 3)'] },
  { name: 'equality_deletes', statements: ['CREATE TABLE $table (id INT, name STRING) USING iceberg', five, 'EQUALITY', "INSERT INTO $table VALUES (3, 'again')"] },
  { name: 'bucketed', statements: ['CREATE TABLE $table (id INT, name STRING) USING iceberg PARTITIONED BY (bucket(2, id), truncate(1, name))', five] },
  { name: 'upgraded', statements: ["CREATE TABLE $table (id INT, name STRING) USING iceberg TBLPROPERTIES ('format-version' = '1')", five, "ALTER TABLE $table SET TBLPROPERTIES ('format-version' = '2')", "INSERT INTO $table VALUES (9, 'after')"] },
  { name: 'zipped_metadata', statements: ["CREATE TABLE $table (id INT, name STRING) USING iceberg TBLPROPERTIES ('write.metadata.compression-codec' = 'gzip', 'write.parquet.compression-codec' = 'snappy')", five] },
];

const index: FixtureIndex = { tables: [] };

try {
  for (const { name, statements } of sparkFixtures) {
    const table = `lake.db.${name}`;
    for (const statement of statements) {
      if (statement === 'EQUALITY') await python.call(join(import.meta.dirname, 'equality_deletes.py'), 'delete_equal', { table, column: 'id', values: [3, 400] });
      else await python.sql(statement.replaceAll('$table', table).replaceAll('$name', name));
    }
    const { rows } = await python.sql(`SELECT * FROM ${table}`);
    const folder = `${warehouse('spark')}/db/${name}`;
    const hint = (await readdir(`${folder}/metadata`)).filter((file) => file.endsWith('metadata.json')).sort((a, b) => versionOf(a) - versionOf(b)).at(-1) ?? '';
    await store('spark', name, folder, `${folder}/metadata/${hint}`, rows);
  }
  for (const partitioning of ['none', 'identity', 'times']) {
    const name = `by_${partitioning}`;
    const functions = join(import.meta.dirname, 'pyiceberg.py');
    const locations = await python.call<string[]>(functions, 'write', { warehouse: warehouse('pyiceberg'), name, partitioning, small: true });
    const location = locations.at(-1) ?? '';
    const rows = await python.call<Record<string, ExactValue>[]>(functions, 'read', { metadata: location });
    await store('pyiceberg', name, `${warehouse('pyiceberg')}/db/${name}`, location.replace('file://', ''), rows);
  }
  const versions = await python.call<Record<string, string>>(join(import.meta.dirname, 'pyiceberg.py'), 'version');
  await writeNote({ spark, 'iceberg-spark-runtime': basename(environment.jars[0] ?? '').replace(/^.*-([\d.]+)\.jar$/, '$1'), ...versions });
  await writeFile(join(testdata, 'fixtures.json'), `${JSON.stringify(index, undefined, 2)}\n`);
} finally {
  await python.close();
  await rm(fixturePrefix, { recursive: true, force: true });
}

function versionOf(file: string): number {
  return Number(/^v(\d+)\./.exec(file)?.[1] ?? 0);
}

async function store(writer: string, name: string, folder: string, metadata: string, rows: unknown[]): Promise<void> {
  const target = join(testdata, writer, name);
  await rm(target, { recursive: true, force: true });
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const superseded = entry.name.endsWith('.metadata.json') && join(entry.parentPath, entry.name) !== metadata;
    if (!entry.isFile() || entry.name.endsWith('.crc') || superseded) continue;
    const copy = join(target, 'table', relative(folder, join(entry.parentPath, entry.name)));
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(join(entry.parentPath, entry.name), copy);
  }
  await writeFile(join(target, 'expected.json'), `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);
  index.tables.push({ writer, name, location: folder, metadata: relative(folder, metadata) });
}

async function writeNote(versions: Record<string, string>): Promise<void> {
  const lines = Object.entries(versions).map(([name, version]) => `- ${name} ${version}`);
  await writeFile(
    join(testdata, 'README.md'),
    `# Tables by other writers

Made by \`node conformance/make-fixtures.ts\` (in libs/format/iceberg) with

${lines.join('\n')}

Each folder holds a table as it was written below \`${fixturePrefix}\`, without the metadata files of its earlier
versions, and in \`expected.json\` its rows as the writer itself read them. \`fixtures.json\` lists the tables.
`,
  );
}
