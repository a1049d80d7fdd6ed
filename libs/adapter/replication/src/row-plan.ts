import { MappingError, passesFilters, type MappedColumn, type SourceFilter, type TableMapping } from '@data-master/change-events';
import { TerminalError, type ContractGuard } from '@data-master/ports';
import { compileExpression } from './column-expressions.ts';

/** How the text of a value becomes JSON: a number, a truth value, a string, or as it is. */
export type ValueKind = 'number' | 'boolean' | 'text' | 'json';

export interface SourceColumn {
  name: string;
  kind: ValueKind;
}

/** A table of the source as a replication sees it. */
export interface SourceTableShape {
  schema: string;
  table: string;
  columns: readonly SourceColumn[];
  /** Names of the columns of its primary key. */
  key: readonly string[];
}

/** Texts of a row in the order of the source's columns; undefined where the log does not say. */
export type RowTexts = readonly (string | null | undefined)[];

/** How rows of a table go out. */
export interface RowPlan {
  schemaName: string;
  tableName: string;
  columns: readonly MappedColumn[];
  filters: readonly SourceFilter[];
  /** Places of the key's columns among the source's. */
  keyIndexes: readonly number[];
  /** Columns left out because the contract does not have them. */
  discarded: readonly string[];
  /** The row as JSON text of an object; columns without a value are left out. */
  encode: (texts: RowTexts, operation: string) => string;
  /** The key alone. */
  encodeKey: (texts: RowTexts) => string;
  /** Whether the row passes the filters; a column that the log does not tell passes. */
  passes: (texts: RowTexts) => boolean;
}

/** Plans the rows of a selected table; undefined when the mapping does not take it. */
export function planRows(shape: SourceTableShape, mapping: TableMapping, contract?: ContractGuard): RowPlan | undefined {
  const selection = mapping.select(shape.schema, shape.table);
  if (!selection) return undefined;
  const { schemaName, tableName, columns: mapped } = mapping.map(shape.schema, shape.table, shape.columns.map(({ name }) => name));
  const known = contract?.columnsOf(tableName);
  const unknown = known ? mapped.filter(({ name }) => !known.includes(name)).map(({ name }) => name) : [];
  if (unknown.length > 0 && contract?.mode === 'freeze') {
    throw new TerminalError(`table ${shape.schema}.${shape.table} has ${unknown.join(', ')}, which the contract of ${tableName} lacks; expected ${known?.join(', ')}; extend the contract or remove the columns by a transformation rule`);
  }
  const discarded = contract?.mode === 'discard' ? unknown : [];
  const columns = mapped.filter(({ name }) => !discarded.includes(name));
  const { filters } = selection;
  const indexOf = new Map(shape.columns.map(({ name }, index) => [name, index]));
  const missing = filters.find((filter) => !indexOf.has(filter['column-name']));
  if (missing) throw new MappingError(`a filter of ${shape.schema}.${shape.table} names the column ${missing['column-name']}; expected one of ${[...indexOf.keys()].join(', ')}; correct the selection rule`);

  const keyIndexes = shape.key.flatMap((name) => indexOf.get(name) ?? []);
  const writers = columns.map((column) => columnWriter(column, shape, indexOf));
  const keyWriters = writers.filter((_writer, index) => shape.key.includes(columns[index]?.source ?? ''));
  return {
    schemaName, tableName, columns, filters, keyIndexes, discarded,
    encode: (texts, operation) => encode(writers, texts, operation),
    encodeKey: (texts) => encode(keyWriters, texts, 'delete'),
    passes: filters.length === 0 ? () => true
      : (texts) => filters.every((filter) => {
          const text = texts[indexOf.get(filter['column-name'])!];
          return text === undefined || passesFilters([filter], () => text);
        }),
  };
}

/** The JSON text of a column's value; undefined when the log does not say. */
type ColumnWriter = { member: string; write: (texts: RowTexts, operation: string) => string | undefined };

function columnWriter({ name, source, expression, type }: MappedColumn, shape: SourceTableShape, indexOf: ReadonlyMap<string, number>): ColumnWriter {
  const member = `,${JSON.stringify(name)}:`;
  if (expression !== undefined) {
    const evaluate = compileExpression(expression, shape);
    const kind = type === undefined ? undefined : kindOfType(type);
    return { member, write: (texts, operation) => {
      const value = evaluate(texts, operation);
      return value === null ? 'null' : jsonOf(kind ?? (typeof value === 'string' ? 'text' : 'number'), String(value));
    } };
  }
  const index = indexOf.get(source!)!;
  const kind = type === undefined ? shape.columns[index]!.kind : kindOfType(type);
  return { member, write: (texts) => {
    const text = texts[index];
    return text === undefined ? undefined : text === null ? 'null' : jsonOf(kind, text);
  } };
}

/** Joined at once, as a text grown by additions holds every piece of it in memory. */
function encode(writers: readonly ColumnWriter[], texts: RowTexts, operation: string): string {
  const parts: string[] = [];
  for (const { member, write } of writers) {
    const value = write(texts, operation);
    if (value !== undefined) parts.push(parts.length === 0 ? member.slice(1) : member, value);
  }
  return `{${parts.join('')}}`;
}

function jsonOf(kind: ValueKind, text: string): string {
  if (kind === 'json' || (kind === 'number' && isJsonNumber(text))) return text;
  if (kind === 'boolean') return text === 't' || text === '1' || text === 'true' ? 'true' : 'false';
  return JSON.stringify(text);
}

/** Of the texts by which databases write numbers, those that are no JSON begin with a letter, or with one after the sign. */
function isJsonNumber(text: string): boolean {
  const first = text.charCodeAt(0);
  const digit = first === 45 ? text.charCodeAt(1) : first;
  return digit >= 48 && digit <= 57;
}

const kinds: Record<string, ValueKind> = Object.fromEntries([
  ...['string', 'wstring', 'clob', 'nclob', 'date', 'time', 'datetime', 'bytes', 'blob'].map((type) => [type, 'text'] as const),
  ...['int1', 'int2', 'int4', 'int8', 'uint1', 'uint2', 'uint4', 'uint8', 'numeric', 'real4', 'real8'].map((type) => [type, 'number'] as const),
  ['boolean', 'boolean'],
]);

function kindOfType(type: string): ValueKind {
  const kind = kinds[type.toLowerCase()];
  if (!kind) throw new MappingError(`a transformation rule has data-type ${type}; expected one of ${Object.keys(kinds).join(', ')}; correct it`);
  return kind;
}
