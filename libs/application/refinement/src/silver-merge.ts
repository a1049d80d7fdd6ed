import { bronzeColumns, bronzeSystemColumns, silverColumns, silverSystemColumns, type SourceTable, type SqlDialect } from '@data-master/table-contracts';
import { bronzeRelation, type MergeDefinition } from './merge-definition.ts';

/**
 * The MERGE that brings bronze rows into a silver table. It keeps the later of two value-carrying changes and the later of two
 * deletes, each by (commit time, position), and a row is deleted while its delete is not older than its values: so it
 * does not matter how changes are ordered, batched or repeated. The same change that comes with more values, as it does
 * when its columns were named by the contract later, fills in those that were null.
 */
export function defineSilverMerge(table: SourceTable, dialect: SqlDialect): MergeDefinition {
  const { quote } = dialect;
  const system = silverSystemColumns.map((column) => column.name);
  const valueColumns = silverColumns(table).map((column) => column.name).filter((name) => !system.includes(name));
  const others = valueColumns.filter((name) => !table.primaryKey.includes(name));
  return {
    reads: [bronzeRelation(table.name)],
    source: latestChanges(table, dialect),
    on: table.primaryKey,
    matched: [{
      when: [newerValues, deleteCounts, 's.created_at < t.created_at', ...(others.length > 0 ? [`(${sameValues} AND (${others.map((name) => `(t.${quote(name)} IS NULL AND s.${quote(name)} IS NOT NULL)`).join(' OR ')}))`] : [])].join(' OR '),
      set: { ...Object.fromEntries(others.map((name) => [name, mergedValue(quote(name))])), ...mergedSystemColumns },
    }],
    notMatched: [{ insert: Object.fromEntries([...valueColumns, ...system].map((name) => [name, `s.${quote(name)}`])) }],
  };
}

/** Whether the change (time, position) `a` is later than `b`; an absent `b` is earlier than all. */
const isLater = (aTime: string, aPosition: string, bTime: string, bPosition: string): string =>
  `(${aTime} IS NOT NULL AND (${bTime} IS NULL OR ${aTime} > ${bTime} OR (${aTime} = ${bTime} AND ${aPosition} > ${bPosition})))`;

const newerValues = isLater('s.updated_at', 's._position', 't.updated_at', 't._position');
const newerDelete = isLater('s.deleted_at', 's._deleted_position', 't.deleted_at', 't._deleted_position');
const sameValues = '(s.updated_at = t.updated_at AND s._position = t._position)';
const mergedValue = (column: string): string => `CASE WHEN ${newerValues} THEN s.${column} WHEN ${sameValues} THEN coalesce(t.${column}, s.${column}) ELSE t.${column} END`;
const either = (condition: string, column: string): string => `CASE WHEN ${condition} THEN s.${column} ELSE t.${column} END`;

const values = { time: either(newerValues, 'updated_at'), position: either(newerValues, '_position') };
const tombstone = { time: either(newerDelete, 'deleted_at'), position: either(newerDelete, '_deleted_position') };
const lives = isLater(values.time, values.position, tombstone.time, tombstone.position);
/** A delete of the source that the target has not seen and that is not older than the target's values. */
const deleteCounts = `(${newerDelete} AND NOT ${isLater('t.updated_at', 't._position', 's.deleted_at', 's._deleted_position')})`;

const mergedSystemColumns = {
  created_at: 'least(s.created_at, t.created_at)',
  updated_at: values.time,
  deleted_at: `CASE WHEN ${lives} THEN NULL ELSE ${tombstone.time} END`,
  _position: values.position,
  _deleted_position: `CASE WHEN ${lives} THEN NULL ELSE ${tombstone.position} END`,
};

/**
 * One row per key: its latest values, its latest delete unless values came later, its earliest commit time. Keys with
 * one change, as nearly all have, are taken as they are; only the others are ranked.
 */
function latestChanges(table: SourceTable, { quote, epochPart }: SqlDialect): string {
  const keys = table.primaryKey.map(quote);
  const key = keys.join(', ');
  const system = new Set(bronzeSystemColumns.map((column) => column.name));
  const others = bronzeColumns(table).filter((column) => !system.has(column.name) && !table.primaryKey.includes(column.name)).map((column) => quote(column.name));
  const derived = Object.entries(table.derived).map(([name, { derive }]) => `${epochPart(derive.part, quote(derive.ofEpochSeconds))} AS ${quote(name)}`);
  const ifValues = (column: string): string => `CASE WHEN operation <> 'delete' THEN ${column} END`;
  const ifDelete = (column: string): string => `CASE WHEN operation = 'delete' THEN ${column} END`;
  const latest = (kind: string): string => `SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY ${key} ORDER BY _commit_time DESC, _position DESC, _source_key DESC, _row DESC) AS _rank
    FROM changes SEMI JOIN repeated USING (${key}) WHERE operation ${kind} 'delete'
  ) AS ranked WHERE _rank = 1`;
  const joined = (alias: string): string => keys.map((column) => `f.${column} = ${alias}.${column}`).join(' AND ');
  const order = (alias: string): string => `${alias}._commit_time, ${alias}._position, ${alias}._source_key, ${alias}._row`;
  return `WITH changes AS (SELECT * FROM ${bronzeRelation(table.name)}),
repeated AS (SELECT ${key}, min(_commit_time) AS created_at FROM changes GROUP BY ${key} HAVING count(*) > 1),
latest_values AS (${latest('<>')}),
latest_deletes AS (${latest('=')}),
latest AS (
  SELECT ${[
    ...keys,
    ...others.map((column) => `${ifValues(column)} AS ${column}`),
    '_commit_time AS created_at',
    `${ifValues('_commit_time')} AS updated_at`,
    `${ifDelete('_commit_time')} AS deleted_at`,
    `${ifValues('_position')} AS _position`,
    `${ifDelete('_position')} AS _deleted_position`,
  ].join(', ')}
  FROM changes ANTI JOIN repeated USING (${key})
  UNION ALL
  SELECT ${[
    ...keys.map((column) => `f.${column}`),
    ...others.map((column) => `v.${column}`),
    'f.created_at',
    'v._commit_time',
    'd._commit_time',
    'v._position',
    'd._position',
  ].join(', ')}
  FROM repeated AS f
  LEFT JOIN latest_values AS v ON ${joined('v')}
  LEFT JOIN latest_deletes AS d ON ${joined('d')} AND (v._row IS NULL OR (${order('d')}) > (${order('v')}))
)
SELECT ${['*', ...derived].join(', ')} FROM latest`;
}
