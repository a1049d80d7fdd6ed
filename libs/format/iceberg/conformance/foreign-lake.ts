import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPython, type ExactValue, type PythonEnvironment, type PythonSession, type SqlAnswer } from '@data-master/testing/python';
import { createFileCatalog } from '../src/catalog.ts';
import type { PartitionSpec } from '../src/partitions.ts';
import type { IcebergPorts, SqlEngine } from '../src/ports.ts';
import { engineType, identifier, textLiteral } from '../src/sql-text.ts';
import { createTable, loadTable, type ScanOptions, type Table } from '../src/table.ts';
import { createEngine, createLocalFileIO } from '../src/testing/local-ports.ts';
import type { Field, IcebergType } from '../src/types.ts';

/** A folder of tables that this package and Spark share: ours at `<folder>/db/<name>` is Spark's `lake.db.<name>`. */
export interface ForeignLake {
  folder: string;
  ports: IcebergPorts;
  engine: SqlEngine;
  python: PythonSession;
  /** Spark's version. */
  sparkVersion: string;
  create(name: string, columns: Readonly<Record<string, IcebergType>>, partitioning?: PartitionSpec, properties?: Record<string, string>): Promise<Table>;
  /** The table as it is stored now, whoever wrote it. */
  load(name: string): Promise<Table>;
  location(name: string): string;
  /** Runs Spark SQL and gives the rows. */
  spark(sql: string): Promise<SqlAnswer['rows']>;
  /** Runs a query in Spark and gives SQL for our engine over its result, in the types of `fields`. */
  fromSpark(query: string, fields: readonly Field[]): Promise<string>;
  /** Gives Spark SQL over the result of a query of our engine. */
  toSpark(query: string): Promise<string>;
  dispose(): Promise<void>;
}

const sparkSettings = {
  'spark.sql.catalog.lake': 'org.apache.iceberg.spark.SparkCatalog',
  'spark.sql.catalog.lake.type': 'hadoop',
  'spark.sql.catalog.lake.cache-enabled': 'false',
  'spark.sql.parquet.datetimeRebaseModeInWrite': 'CORRECTED',
  'spark.sql.parquet.datetimeRebaseModeInRead': 'CORRECTED',
};

/** Makes an empty lake in a temporary folder and starts Spark on it. */
export async function createForeignLake(environment: PythonEnvironment): Promise<ForeignLake> {
  const folder = await mkdtemp(join(tmpdir(), 'iceberg-foreign-'));
  const engine = await createEngine();
  const ports: IcebergPorts = { io: createLocalFileIO(), engine, now: () => Date.now(), newUuid: () => randomUUID() };
  const python = startPython(environment);
  const dispose = async () => {
    await python.close();
    engine.close();
    await rm(folder, { recursive: true, force: true });
  };
  const start = async () => {
    const { version } = await python.startSpark({ ...sparkSettings, 'spark.sql.catalog.lake.warehouse': folder });
    await python.sql('CREATE NAMESPACE IF NOT EXISTS lake.db');
    return version;
  };
  const sparkVersion = await start().catch(async (error: unknown) => {
    await dispose();
    throw error;
  });
  const location = (name: string) => `${folder}/db/${name}`;
  const catalogOf = (name: string) => createFileCatalog({ io: ports.io, location: location(name) });
  let exports = 0;

  return {
    folder,
    ports,
    engine,
    python,
    sparkVersion,
    location,
    async create(name, columns, partitioning = [], properties = {}) {
      const fields = fieldsOf(columns);
      return createTable({ catalog: catalogOf(name), ports, schema: { fields }, partitioning, properties });
    },
    load: (name) => loadTable({ catalog: catalogOf(name), ports }),
    spark: async (sql) => (await python.sql(sql)).rows,
    async fromSpark(query, fields) {
      const target = join(folder, 'export', String(++exports));
      await python.sql(`INSERT OVERWRITE DIRECTORY ${textLiteral(target)} USING parquet ${query}`);
      const columns = fields.map((field) => `CAST(${identifier(field.name)} AS ${engineType(field.type)}) AS ${identifier(field.name)}`);
      return `SELECT ${columns.join(', ')} FROM read_parquet(${textLiteral(`${target}/*.parquet`)}, hive_partitioning = false)`;
    },
    async toSpark(query) {
      const target = join(folder, 'export', `${++exports}.parquet`);
      await ports.io.prepareFolder(join(folder, 'export'));
      await engine.run(`COPY (${query}) TO ${textLiteral(target)} (FORMAT parquet)`);
      return `SELECT * FROM parquet.\`${target}\``;
    },
    dispose,
  };
}

/** Optional columns with ids in their order. */
export function fieldsOf(columns: Readonly<Record<string, IcebergType>>): Field[] {
  return Object.entries(columns).map(([name, type], index) => ({ id: index + 1, name, required: false, type }));
}

/** A single value of Spark as text. */
export function textOf(value: ExactValue | undefined): string {
  if (typeof value === 'object' && value !== null) throw new TypeError(`found ${JSON.stringify(value)}, expected a single value`);
  return String(value);
}

/** Rows that only one of two queries has, each as often as it is missing from the other; a few as examples. */
export interface Difference {
  onlyLeft: Record<string, unknown>[];
  onlyRight: Record<string, unknown>[];
}

/** What `difference` gives for equal rows. */
export const noDifference: Difference = { onlyLeft: [], onlyRight: [] };

/** Compares the rows of two queries as multisets, both ways. */
export async function difference(engine: SqlEngine, left: string, right: string): Promise<Difference> {
  const only = (of: string, other: string) => engine.rows(`FROM (${of}) EXCEPT ALL FROM (${other}) LIMIT 3`);
  return { onlyLeft: await only(left, right), onlyRight: await only(right, left) };
}

/** Compares what Spark reads from a table with what we read from it. */
export async function differenceToSpark(lake: ForeignLake, name: string, { filter, options = {} }: { filter?: string; options?: ScanOptions } = {}): Promise<Difference> {
  const table = await lake.load(name);
  const { sql } = await table.scan(options);
  const read = await lake.fromSpark(`SELECT * FROM lake.db.${name}${filter === undefined ? '' : ` WHERE ${filter}`}`, table.schema.fields);
  return difference(lake.engine, sql, read);
}
