import type pg from 'pg';
import type { TableMapping } from '@data-master/change-events';
import type { SourceColumn, SourceTableShape, ValueKind } from '../row-plan.ts';
import { textRows } from './connection.ts';

/** A selected table of a PostgreSQL. */
export interface PostgresTable extends SourceTableShape {
  oid: number;
  /** Whether updates and deletes tell their row: without it they must not be published, as the source would refuse them. */
  isReplicable: boolean;
  /** Generated columns, which the log does not carry. */
  generated: readonly string[];
  /** Types of the columns, by name, as SQL writes them. */
  types: ReadonlyMap<string, string>;
  loadOrder: number;
}

const tablesSql = `
SELECT c.oid, n.nspname AS schema, c.relname AS table, c.relreplident AS identity,
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisreplident) AS has_identity_index,
  (SELECT json_agg(json_build_object('name', a.attname, 'type', coalesce(nullif(t.typbasetype, 0), t.oid)::int8, 'sql', format_type(a.atttypid, a.atttypmod), 'generated', a.attgenerated <> '') ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
  (SELECT json_agg(a.attname ORDER BY array_position(i.indkey::int2[], a.attnum))
    FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary) AS key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
ORDER BY n.nspname, c.relname`;

const numberTypes = new Set([20, 21, 23, 26, 700, 701, 1700]);

/** How the values of a type of PostgreSQL become JSON. */
export function kindOfOid(typeOid: number): ValueKind {
  return numberTypes.has(typeOid) ? 'number' : typeOid === 16 ? 'boolean' : 'text';
}

/** The tables that a mapping selects. */
export async function readSelectedTables(client: pg.Client, mapping: TableMapping): Promise<PostgresTable[]> {
  const rows = await textRows(client, tablesSql);
  return rows.flatMap((row): PostgresTable[] => {
    const schema = row['schema']!;
    const table = row['table']!;
    const selection = mapping.select(schema, table);
    if (!selection) return [];
    const all = JSON.parse(row['columns'] ?? '[]') as { name: string; type: number; sql: string; generated: boolean }[];
    const key = JSON.parse(row['key'] ?? '[]') as string[];
    const columns = all.filter(({ generated }) => !generated).map(({ name, type }): SourceColumn => ({ name, kind: kindOfOid(type) }));
    const identity = row['identity'];
    return [{
      oid: Number(row['oid']), schema, table, columns, key, loadOrder: selection.loadOrder,
      isReplicable: identity === 'f' || (identity === 'd' && key.length > 0) || (identity === 'i' && row['has_identity_index'] === 't'),
      generated: all.filter(({ generated }) => generated).map(({ name }) => name),
      types: new Map(all.map(({ name, sql }) => [name, sql])),
    }];
  });
}

/** A table, or leaf of a partitioned one, that holds rows in pages. */
export interface HeapRelation {
  /** `"schema"."name"`. */
  relation: string;
  pages: number;
  /** Changes when the table is written anew and its rows get other places. */
  filenode: string;
}

/** The relations that hold the rows of a table. */
export async function readHeaps(client: pg.Client, tableOid: number): Promise<HeapRelation[]> {
  const rows = await textRows(client, `
SELECT format('%I.%I', n.nspname, c.relname) AS relation, pg_relation_size(c.oid) / current_setting('block_size')::int8 AS pages, pg_relation_filenode(c.oid) AS filenode
FROM (SELECT $1::oid AS oid UNION SELECT relid FROM pg_partition_tree($1::oid::regclass) WHERE isleaf) AS heap
JOIN pg_class c ON c.oid = heap.oid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' ORDER BY c.oid`, [String(tableOid)]);
  return rows.map((row) => ({ relation: row['relation']!, pages: Number(row['pages']), filenode: row['filenode'] ?? '' }));
}
