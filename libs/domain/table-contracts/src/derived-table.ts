import type { Column } from './columns.ts';
import { silverColumns, type SourceTable } from './source-table.ts';

/** A table of silver that joins source tables: one row per live row of `base`, dimensions by their one-column key. */
export interface DerivedTable {
  name: string;
  doc: string;
  schemaVersion: number;
  base: string;
  /** Left joins: the dimension's key equals the base's column. Deleted rows of a dimension count as absent. */
  joins: readonly { table: string; on: string }[];
  /** Each column is a column of `base` or of a join, `table.column`; its type comes from there. */
  columns: Record<string, { id: number; from: string }>;
  partitionBy: readonly string[];
}

/** A table of gold: one portable select over one table, recomputed by whole partitions. */
export interface GoldTable {
  name: string;
  doc: string;
  schemaVersion: number;
  /** The silver table that the select reads, under this name. */
  from: string;
  grain: readonly string[];
  /** Partition columns, which `from` is partitioned by as well; none: always recomputed as a whole. */
  partitionBy: readonly string[];
  columns: Record<string, { id: number; type: Column['type']; doc: string }>;
  /** SQL that DuckDB and Spark read alike, with `:name` for parameters. */
  select: string;
  parameters: Record<string, number>;
  orderBy: readonly { column: string; descending: boolean }[];
}

export const defineDerivedTable = <const T extends DerivedTable>(table: T): T => table;

/** Checks that grain and partition are columns of the table. */
export function defineGoldTable<const Columns extends GoldTable['columns']>(
  table: Omit<GoldTable, 'columns' | 'grain' | 'partitionBy' | 'orderBy'> & {
    columns: Columns;
    grain: readonly Extract<keyof Columns, string>[];
    partitionBy: readonly Extract<keyof Columns, string>[];
    orderBy: readonly { column: Extract<keyof Columns, string>; descending: boolean }[];
  },
): GoldTable {
  return table;
}

/** The columns of a derived table, the newest commit time of all its parts included. */
export function derivedColumns(table: DerivedTable, sources: readonly SourceTable[]): Column[] {
  const columns = Object.entries(table.columns).map(([name, { id, from }]) => {
    const [sourceName, columnName] = from.split('.') as [string, string];
    const column = sources.filter((source) => source.name === sourceName).flatMap(silverColumns).find((each) => each.name === columnName);
    if (!column) throw new Error(`column ${table.name}.${name} comes from ${from}, which does not exist; expected a column of silver as table.column`);
    return { ...column, name, id, required: sourceName === table.base && column.required };
  });
  const instant = { type: 'timestamp', required: false } as const;
  return [
    ...columns,
    { ...instant, name: 'created_at', id: 1011, doc: `created_at of ${table.base}` },
    { ...instant, name: 'updated_at', id: 1012, doc: 'newest updated_at of all rows that are joined' },
  ];
}

/** The columns of a gold table. */
export function goldColumns(table: GoldTable): Column[] {
  return Object.entries(table.columns).map(([name, column]) => ({ name, required: false, ...column }));
}

/** The select of a gold table with its parameters filled in. */
export function goldSelect(table: GoldTable): string {
  return table.select.replace(/:([a-z][a-z0-9_]*)/gi, (_match, name: string) => {
    const value = table.parameters[name];
    if (value === undefined || !Number.isFinite(value)) throw new Error(`parameter ${name} of ${table.name} is ${value}; expected a finite number`);
    return String(value);
  });
}
