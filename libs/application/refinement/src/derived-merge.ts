import {
  bronzeColumns, derivedColumns, emitDuckDbScan, quoteIdentifier as quote, type DerivedTable, type LakeModel, type SourceTable,
} from '@data-master/table-contracts';
import type { MergeDefinition } from './silver-merge.ts';

/** What a derived table is computed from. */
export interface DerivedInput {
  /** Select over the silver table of each part, by table name. */
  scans: Record<string, string>;
  /** Bronze files that brought the changes, by table name. */
  changed: Record<string, readonly string[]>;
}

/**
 * Recomputes the rows of `base` that a change of any part touches: rows of live base rows are written, those of
 * deleted base rows leave. Rows that come out as they were are left alone.
 */
export function defineDerivedMerge(table: DerivedTable, model: LakeModel, input: DerivedInput): MergeDefinition {
  const base = sourceTable(model, table.base);
  const columns = derivedColumns(table, model.tables).map((column) => column.name);
  const key = base.primaryKey;
  const others = columns.filter((name) => !key.includes(name));
  const differs = others.map((name) => `s.${quote(name)} IS DISTINCT FROM t.${quote(name)}`);
  return {
    source: joinedRows(table, model, input),
    on: key,
    matched: [
      { when: 's._deleted', delete: true },
      { when: differs.join(' OR '), set: Object.fromEntries(others.map((name) => [name, `s.${quote(name)}`])) },
    ],
    notMatched: [{ when: 'NOT s._deleted', insert: Object.fromEntries(columns.map((name) => [name, `s.${quote(name)}`])) }],
  };
}

function joinedRows(table: DerivedTable, model: LakeModel, { scans, changed }: DerivedInput): string {
  const select = Object.entries(table.columns).map(([name, { from }]) => `${from.split('.').map(quote).join('.')} AS ${quote(name)}`);
  const base = quote(table.base);
  const updated = [table.base, ...table.joins.map((join) => join.table)].map((name) => `${quote(name)}.updated_at`);
  const joins = table.joins.map(({ table: name, on }) => {
    const dimensionKey = quote(sourceTable(model, name).primaryKey[0]!);
    return `LEFT JOIN (SELECT * FROM (${scans[name]}) AS present WHERE deleted_at IS NULL) AS ${quote(name)} ON ${quote(name)}.${dimensionKey} = ${base}.${quote(on)}`;
  });
  return `SELECT ${[
    ...select,
    `${base}.created_at AS created_at`,
    `greatest(${updated.join(', ')}) AS updated_at`,
    `${base}.deleted_at IS NOT NULL AS _deleted`,
  ].join(', ')}
FROM (${scans[table.base]}) AS ${base}
${joins.join('\n')}
WHERE ${touched(table, model, changed).join(' OR ') || 'FALSE'}`;
}

/** One condition per changed part: the base row's key, or its reference to the part, is among the changed keys. */
function touched(table: DerivedTable, model: LakeModel, changed: DerivedInput['changed']): string[] {
  const base = sourceTable(model, table.base);
  const references = [{ table: table.base, on: base.primaryKey }, ...table.joins.map((join) => ({ table: join.table, on: [join.on] }))];
  return references.flatMap(({ table: name, on }) => {
    const files = changed[name] ?? [];
    if (files.length === 0) return [];
    const part = sourceTable(model, name);
    const left = on.map((column) => `${quote(table.base)}.${quote(column)}`).join(', ');
    return [`(${left}) IN (SELECT (${part.primaryKey.map(quote).join(', ')}) FROM ${emitDuckDbScan(bronzeColumns(part), files)})`];
  });
}

function sourceTable(model: LakeModel, name: string): SourceTable {
  const table = model.tables.find((each) => each.name === name);
  if (!table) throw new Error(`${name} is no source table of ${model.name}; expected one of ${model.tables.map((each) => each.name).join(', ')}`);
  return table;
}
