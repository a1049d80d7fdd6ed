import { derivedColumns, type DerivedTable, type LakeModel, type SourceTable, type SqlDialect } from '@data-master/table-contracts';
import { bronzeRelation, silverRelation, type MergeDefinition } from './merge-definition.ts';

/**
 * The MERGE that recomputes the rows of `base` that a change of any part touches: rows of live base rows are written,
 * those of deleted base rows leave. Rows that come out as they were are left alone.
 */
export function defineDerivedMerge(table: DerivedTable, model: LakeModel, dialect: SqlDialect): MergeDefinition {
  const { quote } = dialect;
  const key = sourceTable(model, table.base).primaryKey;
  const columns = derivedColumns(table, model.tables).map((column) => column.name);
  const others = columns.filter((name) => !key.includes(name));
  const parts = [table.base, ...table.joins.map((join) => join.table)];
  return {
    reads: [...parts.map(silverRelation), ...parts.map(bronzeRelation)],
    source: joinedRows(table, model, dialect),
    on: key,
    matched: [
      { when: 's._deleted', delete: true },
      { when: others.map((name) => `s.${quote(name)} IS DISTINCT FROM t.${quote(name)}`).join(' OR '), set: Object.fromEntries(others.map((name) => [name, `s.${quote(name)}`])) },
    ],
    notMatched: [{ when: 'NOT s._deleted', insert: Object.fromEntries(columns.map((name) => [name, `s.${quote(name)}`])) }],
  };
}

function joinedRows(table: DerivedTable, model: LakeModel, { quote }: SqlDialect): string {
  const base = quote(table.base);
  const select = Object.entries(table.columns).map(([name, { from }]) => `${from.split('.').map(quote).join('.')} AS ${quote(name)}`);
  const updated = [table.base, ...table.joins.map((join) => join.table)].map((name) => `${quote(name)}.updated_at`);
  const joins = table.joins.map(({ table: name, on }) => {
    const dimensionKey = quote(sourceTable(model, name).primaryKey[0]!);
    return `LEFT JOIN (SELECT * FROM ${silverRelation(name)} WHERE deleted_at IS NULL) AS ${quote(name)} ON ${quote(name)}.${dimensionKey} = ${base}.${quote(on)}`;
  });
  /** One condition per part: the base row's key, or its reference to the part, is among the changed keys. */
  const touched = [{ table: table.base, on: sourceTable(model, table.base).primaryKey }, ...table.joins.map((join) => ({ table: join.table, on: [join.on] }))]
    .map(({ table: name, on }) => `(${on.map((column) => `${base}.${quote(column)}`).join(', ')}) IN (SELECT ${sourceTable(model, name).primaryKey.map(quote).join(', ')} FROM ${bronzeRelation(name)})`);
  return `SELECT ${[
    ...select,
    `${base}.created_at AS created_at`,
    `${updated.length > 1 ? `greatest(${updated.join(', ')})` : updated[0]} AS updated_at`,
    `${base}.deleted_at IS NOT NULL AS _deleted`,
  ].join(', ')}
FROM ${silverRelation(table.base)} AS ${base}
${joins.join('\n')}
WHERE ${touched.join(' OR ')}`;
}

function sourceTable(model: LakeModel, name: string): SourceTable {
  const table = model.tables.find((each) => each.name === name);
  if (!table) throw new Error(`${name} is no source table of ${model.name}; expected one of ${model.tables.map((each) => each.name).join(', ')}`);
  return table;
}
