import type { Column } from './columns.ts';
import { derivedColumns, goldColumns, type DerivedTable, type GoldTable } from './derived-table.ts';
import { rawColumns, silverColumns, type SourceTable } from './source-table.ts';

/** All tables of a lake: the one value that the use cases are given. */
export interface LakeModel {
  name: string;
  tables: readonly SourceTable[];
  derived: readonly DerivedTable[];
  gold: readonly GoldTable[];
  operational?: OperationalSchema;
}

/** Where an application keeps the rows of source tables before the lake has them. */
export interface OperationalSchema {
  /** Name of the schema in the database. */
  schema: string;
  /** Names of source tables, each after those that it refers to. */
  tables: readonly string[];
}

/** A table of silver or gold, ready to be created and queried. */
export interface LakeTable {
  layer: 'silver' | 'gold';
  name: string;
  doc: string;
  schemaVersion: number;
  columns: Column[];
  partitionBy: readonly string[];
  /** Columns that identify a row. */
  key: readonly string[];
}

/** Checks that every name used by a derived or gold table exists and that no table is defined twice. */
export function defineLake(model: LakeModel): LakeModel {
  const tables = lakeTables(model);
  const names = tables.map((table) => `${table.layer}.${table.name}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`table ${twice} is defined twice in ${model.name}; expected one definition each`);
  for (const table of tables) {
    for (const column of [...table.partitionBy, ...table.key]) {
      if (!table.columns.some((each) => each.name === column)) throw new Error(`${table.layer}.${table.name} has no column ${column}; expected it among ${table.columns.map((each) => each.name).join(', ')}`);
    }
  }
  for (const gold of model.gold) {
    const source = tables.find((table) => table.layer === 'silver' && table.name === gold.from);
    if (!source) throw new Error(`gold table ${gold.name} reads ${gold.from}, which is no silver table`);
    const foreign = gold.partitionBy.find((column) => !source.partitionBy.includes(column));
    if (foreign) throw new Error(`gold table ${gold.name} is partitioned by ${foreign}; expected a partition column of ${gold.from}: ${source.partitionBy.join(', ')}`);
  }
  for (const [index, name] of model.operational?.tables.entries() ?? []) {
    const table = model.tables.find((each) => each.name === name);
    if (!table) throw new Error(`the operational schema of ${model.name} has ${name}, which is no source table; expected some of ${model.tables.map((each) => each.name).join(', ')}`);
    const late = Object.values(table.references).find((target) => !model.operational!.tables.slice(0, index).includes(target));
    if (late) throw new Error(`${name} refers to ${late}; expected it before ${name} in the operational schema of ${model.name}`);
  }
  return model;
}

/** The source tables of the operational schema, each after those that it refers to. */
export function operationalTables({ operational, tables }: LakeModel): SourceTable[] {
  return (operational?.tables ?? []).map((name) => tables.find((table) => table.name === name)!);
}

/** Every table of silver and gold in the order in which they are refined. */
export function lakeTables(model: LakeModel): LakeTable[] {
  return [
    ...model.tables.map((table): LakeTable => ({ layer: 'silver', name: table.name, doc: table.doc, schemaVersion: table.schemaVersion, columns: silverColumns(table), partitionBy: table.partitionBy, key: table.primaryKey })),
    ...model.derived.map((table): LakeTable => {
      const base = model.tables.find((each) => each.name === table.base);
      return { layer: 'silver', name: table.name, doc: table.doc, schemaVersion: table.schemaVersion, columns: derivedColumns(table, model.tables), partitionBy: table.partitionBy, key: base?.primaryKey ?? [] };
    }),
    ...model.gold.map((table): LakeTable => ({ layer: 'gold', name: table.name, doc: table.doc, schemaVersion: table.schemaVersion, columns: goldColumns(table), partitionBy: table.partitionBy, key: table.grain })),
  ];
}

/** A table of silver or gold by name. */
export function requireLakeTable(model: LakeModel, layer: LakeTable['layer'], name: string): LakeTable {
  const tables = lakeTables(model);
  const table = tables.find((each) => each.layer === layer && each.name === name);
  if (!table) throw new Error(`${layer}.${name} is no table of ${model.name}; expected one of ${tables.map((each) => `${each.layer}.${each.name}`).join(', ')}`);
  return table;
}

/** The members that a record of raw may have, by table: a column that lies within one by its first name. Undefined for a table in no contract. */
export function rawMembers({ tables }: LakeModel): (table: string) => readonly string[] | undefined {
  const members = new Map(tables.map((table) => [table.name, [...new Set(rawColumns(table).map(({ name, path = name }) => path.split('.', 1)[0]!))]]));
  return (table) => members.get(table);
}
