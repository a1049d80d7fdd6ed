import { listColumns, recordPath, type Column, type ColumnDefinition, type ColumnDefinitions } from './columns.ts';
import { layoutProblem, type FileLayout } from './file-layout.ts';
import { requireLogicalType } from './logical-types.ts';
import { bronzeSystemColumns, changeColumns, silverSystemColumns } from './system-columns.ts';

/** A column of silver computed from a column of the source: the calendar year or month, in UTC, of an epoch in seconds. */
export interface DerivedColumn<Name extends string = string> {
  id: number;
  type: 'int';
  derive: { part: 'year' | 'month'; ofEpochSeconds: Name };
  doc: string;
}

export type QualityRule =
  | { rule: 'unique'; columns: readonly string[] }
  | { rule: 'notNull'; column: string }
  | { rule: 'notEmpty' };

/** A table of an operational source and its life in bronze and silver. */
export interface SourceTable {
  name: string;
  doc: string;
  schemaVersion: number;
  primaryKey: readonly string[];
  columns: ColumnDefinitions;
  /** Tables that columns refer to, by the key of those. */
  references: Record<string, string>;
  derived: Record<string, DerivedColumn>;
  /** Columns of silver whose values part it, in order. */
  partitionBy: readonly string[];
  quality: readonly QualityRule[];
  layout?: FileLayout;
}

/** Checks and completes the definition of a source table; key, partition and derivation columns must exist to compile. */
export function defineTable<
  const Columns extends ColumnDefinitions,
  const Derived extends Record<string, DerivedColumn<Extract<keyof Columns, string>>> = Record<never, never>,
>(definition: {
  name: string;
  doc: string;
  schemaVersion: number;
  primaryKey: readonly NoInfer<Extract<keyof Columns, string>>[];
  columns: Columns;
  references?: { readonly [Name in NoInfer<Extract<keyof Columns, string>>]?: string };
  derived?: Derived;
  partitionBy?: readonly NoInfer<Extract<keyof Columns | keyof Derived, string>>[];
  quality: readonly QualityRule[];
  layout?: FileLayout;
}): Omit<SourceTable, 'columns' | 'derived'> & { columns: Columns; derived: Derived } {
  const table = { references: {}, derived: {} as Derived, partitionBy: [], ...definition };
  checkTable(table);
  return table;
}

export const unique = (...columns: string[]): QualityRule => ({ rule: 'unique', columns });
export const notNull = (column: string): QualityRule => ({ rule: 'notNull', column });
export const notEmpty = (): QualityRule => ({ rule: 'notEmpty' });

/** The columns of an input file: what the source sends. */
export function rawColumns(table: SourceTable): Column[] {
  return listColumns(table.columns);
}

/** The columns of a bronze file: personal columns treated or gone, nullable but for the key, then the system columns. */
export function bronzeColumns(table: SourceTable): Column[] {
  return [...treatedColumns(table), ...bronzeSystemColumns];
}

/** The columns of a silver table; those outside the key are nullable, for the tombstone of a row never seen. */
export function silverColumns(table: SourceTable): Column[] {
  const derived = Object.entries(table.derived).map(([name, { id, type, doc }]) => ({ name, id, type, doc, required: false }));
  return [...treatedColumns(table), ...derived, ...silverSystemColumns];
}

function treatedColumns(table: SourceTable): Column[] {
  return rawColumns(table)
    .filter((column) => column.pii?.treatment !== 'drop')
    .map(({ path: _path, ...column }) => ({ ...column, required: table.primaryKey.includes(column.name) }));
}

function checkTable(table: SourceTable): void {
  const seen = new Map<number, string>();
  for (const [name, column] of Object.entries<ColumnDefinition | DerivedColumn>({ ...table.columns, ...table.derived })) {
    requireLogicalType(column.type, `${table.name}.${name}`);
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`column ${table.name}.${name} is misnamed; expected lower snake_case`);
    if (!(Number.isInteger(column.id) && column.id >= 1 && column.id <= 999)) throw new Error(`column ${table.name}.${name} has id ${column.id}; expected 1 to 999`);
    const other = seen.get(column.id);
    if (other) throw new Error(`columns ${table.name}.${other} and ${name} share id ${column.id}; expected one id each`);
    seen.set(column.id, name);
  }
  checkPaths(table);
  for (const key of table.primaryKey) {
    const column = table.columns[key];
    if (!column?.required) throw new Error(`key column ${table.name}.${key} is not required; expected required: true`);
    if (column.pii && ['drop', 'mask', 'redact'].includes(column.pii.treatment)) {
      throw new Error(`key column ${table.name}.${key} has treatment ${column.pii.treatment}; expected one that keeps keys apart: hash, sha256 or keep`);
    }
  }
  const problem = table.layout && layoutProblem(table.layout, [...rawColumns(table), ...changeColumns]);
  if (problem) throw new Error(`the layout of ${table.name} ${problem}`);
}

/** A value lies at one place: no column's path is empty, taken, or inside the value of another. */
function checkPaths(table: SourceTable): void {
  const columns = rawColumns(table).map((column) => ({ name: column.name, steps: recordPath(column) }));
  for (const { name, steps } of columns) {
    if (steps.includes('')) throw new Error(`column ${table.name}.${name} has path ${steps.join('.')}; expected names of fields joined by dots, as review.beer_id`);
    const inner = columns.find((other) => other.name !== name && steps.every((step, depth) => other.steps[depth] === step));
    if (inner) throw new Error(`column ${table.name}.${inner.name} has path ${inner.steps.join('.')}, which is that of ${name} or lies inside it; expected a place of its own`);
  }
}
