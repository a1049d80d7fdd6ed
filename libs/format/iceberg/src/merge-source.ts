import { DuplicateSourceKeyError, InvalidArgumentError } from './errors.ts';
import { partitionKey, type BoundSpec } from './partitions.ts';
import type { SqlEngine } from './ports.ts';
import type { BoundPredicate } from './predicates.ts';
import { fieldNamed } from './schema.ts';
import { engineType, identifier } from './sql-text.ts';
import { transformSql } from './transform-sql.ts';
import { isPrimitive, type IcebergSchema, type Value } from './types.ts';
import { canonicalSql, parseCanonical } from './values.ts';

/** The changes of a merge in a temporary table. */
export interface MergeSource {
  table: string;
  rows: number;
}

/** Evaluates the source once into a temporary table and checks that no key has several rows. */
export async function materialiseSource(
  engine: SqlEngine,
  { source, on }: { source: string; on: readonly string[] },
  table: string,
): Promise<MergeSource> {
  await engine.run(`CREATE TEMP TABLE ${table} AS SELECT * FROM (${source})`);
  try {
    await checkColumnNames(engine, table);
    const keys = on.map(identifier);
    const present = keys.map((key) => `${key} IS NOT NULL`).join(' AND ');
    const grouped = `SELECT ${keys.join(', ')} FROM ${table} WHERE ${present} GROUP BY ${keys.join(', ')} HAVING count(*) > 1`;
    const example = keys.map((key) => `${key}::VARCHAR`).join(` || ', ' || `);
    const [duplicates] = await engine.rows(`SELECT count(*) AS keys, any_value(${example}) AS example FROM (${grouped})`);
    if (Number(duplicates?.['keys']) > 0) {
      throw new DuplicateSourceKeyError(on, Number(duplicates?.['keys']), String(duplicates?.['example']));
    }
    const [counted] = await engine.rows(`SELECT count(*) AS "rows" FROM ${table}`);
    return { table, rows: Number(counted?.['rows']) };
  } catch (error) {
    await engine.run(`DROP TABLE IF EXISTS ${table}`);
    throw error;
  }
}

/** A column of the name of one that the merge adds would take its place. */
async function checkColumnNames(engine: SqlEngine, table: string): Promise<void> {
  const columns = await engine.rows(`DESCRIBE ${table}`);
  const taken = columns.map((column) => String(column['column_name'])).find((name) => /^(rowid|__clause|__file|__row)$/i.test(name));
  if (taken !== undefined) throw new InvalidArgumentError(`merge source: found a column "${taken}", a name that the merge needs itself; rename it`);
}

/** Where the source's keys can be found in the table. */
export interface SourceRange {
  /** The range of each key column. */
  predicates: BoundPredicate[];
  /** The partitions of the keys, for the partition fields (by index) that depend on key columns. */
  partitions: { indexes: number[]; keys: Set<string> } | undefined;
}

/** Finds the range of the source's keys; undefined when no row has a whole key. */
export async function sourceRange(
  engine: SqlEngine,
  { table }: MergeSource,
  schema: IcebergSchema,
  spec: BoundSpec,
  on: readonly string[],
): Promise<SourceRange | undefined> {
  const columns = on.flatMap((name) => {
    const field = fieldNamed(schema, name);
    const { type } = field;
    return isPrimitive(type) && type !== 'float' && type !== 'double' ? [{ field, type, cast: `TRY_CAST(${identifier(name)} AS ${engineType(type)})` }] : [];
  });
  const whole = on.map((name) => `${identifier(name)} IS NOT NULL`).join(' AND ');
  const measures = columns.flatMap(({ type, cast, field }, index) => [
    `${canonicalSql(type, `min(${cast})`)} AS low${index}`,
    `${canonicalSql(type, `max(${cast})`)} AS high${index}`,
    `count(*) = count(${cast}) AND bool_and(${cast} = ${identifier(field.name)}) AS exact${index}`,
  ]);
  const [row] = await engine.rows(`SELECT ${['count(*) AS keys', ...measures].join(', ')} FROM ${table} WHERE ${whole}`);
  if (!row || Number(row['keys']) === 0) return undefined;
  const exact = columns.filter((_column, index) => row[`exact${index}`] === true);
  const predicates = columns.flatMap(({ field, type }, index): BoundPredicate[] => {
    if (row[`exact${index}`] !== true) return [];
    const low = parseCanonical(type, String(row[`low${index}`]));
    const high = parseCanonical(type, String(row[`high${index}`]));
    if (low === undefined || high === undefined) return [];
    return [
      { field, type, op: '>=', values: [low] },
      { field, type, op: '<=', values: [high] },
    ];
  });
  const columnIds = new Set(exact.map((column) => column.field.id));
  return { predicates, partitions: await sourcePartitions(engine, `${table} WHERE ${whole}`, spec, columnIds) };
}

async function sourcePartitions(
  engine: SqlEngine,
  relation: string,
  spec: BoundSpec,
  columnIds: ReadonlySet<number>,
): Promise<SourceRange['partitions']> {
  const dependent = spec.fields.map((field, index) => ({ field, index })).filter(({ field }) => columnIds.has(field.source.id) && field.transform.kind !== 'void' && field.transform.kind !== 'unknown');
  if (dependent.length === 0) return undefined;
  const selected = dependent.map(({ field, index }) => {
    const value = `CAST(${identifier(field.source.name)} AS ${engineType(field.source.type)})`;
    return `${canonicalSql(field.type, transformSql(field.transform, field.source, value))} AS p${index}`;
  });
  const tuples = await engine.rows(`SELECT DISTINCT ${selected.join(', ')} FROM ${relation}`);
  const keys = new Set<string>();
  for (const tuple of tuples) {
    const values = dependent.map(({ field, index }) => parseCanonical(field.type, String(tuple[`p${index}`])));
    if (values.includes(undefined)) return undefined;
    keys.add(partitionKey(values as Value[]));
  }
  return { indexes: dependent.map(({ index }) => index), keys };
}
