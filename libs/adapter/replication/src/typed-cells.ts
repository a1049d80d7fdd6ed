import type { LogicalType } from '@data-master/table-contracts';
import type { Cell, CellRows } from './row-cells.ts';

/** The types of a table's columns by the contract; undefined for a table or a column that is in none. */
export type ColumnTypes = (table: string) => ReadonlyMap<string, LogicalType> | undefined;

/** What files of typed values hold a column as; everything else is text, which has every digit. */
export type StoredType = 'BOOLEAN' | 'INT64' | 'DOUBLE' | 'STRING';

const stored: Partial<Record<LogicalType, Exclude<StoredType, 'STRING'>>> = { boolean: 'BOOLEAN', int: 'INT64', long: 'INT64', float: 'DOUBLE', double: 'DOUBLE' };
const maxLong = 2n ** 63n - 1n;
const booleans: Readonly<Record<string, boolean>> = { t: true, true: true, f: false, false: false };

/** Reads a cell as a value of a type; undefined when it is none, or not without loss. */
const readers: Record<StoredType, (text: string) => boolean | bigint | number | string | undefined> = {
  BOOLEAN: (text) => (Object.hasOwn(booleans, text) ? booleans[text] : undefined),
  INT64: (text) => {
    const value = /^-?(?:0|[1-9]\d{0,18})$/.test(text) && text !== '-0' ? BigInt(text) : undefined;
    return value !== undefined && value <= maxLong && value >= -maxLong - 1n ? value : undefined;
  },
  DOUBLE: (text) => (/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined),
  STRING: (text) => text,
};

export interface TypedColumn {
  name: string;
  type: StoredType;
  values: (boolean | bigint | number | string | null)[];
}

/** Columns with values of the contract's types; one with a value that is of another type is text, so that the lake judges it. */
export function typeColumns({ columns, rows }: CellRows, types: ReadonlyMap<string, LogicalType> | undefined): TypedColumn[] {
  return columns.map((name, place) => {
    const cells = rows.map((row) => row[place] ?? null);
    const type = stored[types?.get(name) ?? 'string'];
    const values = type && readAll(cells, readers[type]);
    return type && values ? { name, type, values } : { name, type: 'STRING', values: cells };
  });
}

function readAll(cells: readonly Cell[], read: (text: string) => TypedColumn['values'][number] | undefined): TypedColumn['values'] | undefined {
  const values: TypedColumn['values'] = [];
  for (const cell of cells) {
    const value = cell === null ? null : read(cell);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

/** Lines of JSON; numbers stand as they came. */
export function formatJsonLines(rows: CellRows, types: ReadonlyMap<string, LogicalType> | undefined): string {
  const columns = typeColumns(rows, types).map(({ name, type, values }, place) => ({ name: JSON.stringify(name), values: values.map((value, row) => (value === null || type === 'STRING' || type === 'BOOLEAN' ? JSON.stringify(value) : rows.rows[row]![place]!)) }));
  return rows.rows.map((_, row) => `{${columns.map(({ name, values }) => `${name}:${values[row]!}`).join(',')}}\n`).join('');
}
