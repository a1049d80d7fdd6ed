import type { LogicalType, ValueOf } from './logical-types.ts';

export const piiKinds = ['username', 'name', 'email', 'phone', 'address', 'document', 'other'] as const;
export type PiiKind = (typeof piiKinds)[number];

/** What becomes of a personal column on its way to bronze; `keep` says why the value may stay. */
export type PiiTreatment =
  | { kind: PiiKind; treatment: 'hash' | 'sha256' | 'mask' | 'drop' | 'redact' }
  | { kind: PiiKind; treatment: 'keep'; reason: string };

interface ColumnBase {
  /** Permanent: the field id in Parquet and Iceberg, from 1 to 999; never changed and never used again. */
  id: number;
  doc: string;
  /** Where a record has the value when not under the column's name: names of nested fields joined by dots, as `review.beer_id`. */
  path?: string;
  /** Never null in a row that is not a delete. */
  required?: boolean;
}

interface TextColumn extends ColumnBase {
  type: 'string';
  pii?: PiiTreatment;
  range?: never;
}

interface IntegerColumn extends ColumnBase {
  type: 'int' | 'long';
  /** Least and greatest value that a row may hold, both included. */
  range?: readonly [min: bigint, max: bigint];
  pii?: Extract<PiiTreatment, { treatment: 'keep' }> | { kind: PiiKind; treatment: 'drop' };
}

interface OtherColumn extends ColumnBase {
  type: Exclude<LogicalType, 'string' | 'int' | 'long'>;
  pii?: Extract<PiiTreatment, { treatment: 'keep' }> | { kind: PiiKind; treatment: 'drop' };
  range?: never;
}

/** A column as a source table declares it. */
export type ColumnDefinition = TextColumn | IntegerColumn | OtherColumn;
export type ColumnDefinitions = Record<string, ColumnDefinition>;

/** A column as an emitter sees it: of any layer, with its name. */
export interface Column {
  name: string;
  id: number;
  type: LogicalType;
  required: boolean;
  doc: string;
  path?: string;
  pii?: PiiTreatment;
  range?: readonly [min: bigint, max: bigint];
}

/** The static type of a row. */
export type RowOf<Columns extends ColumnDefinitions> = {
  -readonly [Name in keyof Columns]: Columns[Name] extends { required: true } ? ValueOf<Columns[Name]['type']> : ValueOf<Columns[Name]['type']> | null;
};

/** The columns of a definition in the order in which it names them. */
export function listColumns(definitions: ColumnDefinitions): Column[] {
  return Object.entries(definitions).map(([name, { id, type, required, doc, path, pii, range }]) => ({
    name, id, type, required: required ?? false, doc, ...(path !== undefined && { path }), ...(pii && { pii }), ...(range && { range }),
  }));
}

/** The names of the nested fields that lead to a column's value in a record, outermost first. */
export const recordPath = ({ name, path = name }: Pick<Column, 'name' | 'path'>): string[] => path.split('.');
