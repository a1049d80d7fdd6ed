import type { Column } from '@data-master/table-contracts';

/** A cell as text, as bytes that ought to be UTF-8, or without a value. */
export type Cell = string | Uint8Array | null;

/** A file that has columns of its own: its header and its rows. */
export interface TableReader {
  /** Names of the columns in the order of the cells; those of nested fields are joined by dots. */
  columns: string[];
  /** What stands in the rows, in batches, as texts that a contract reads. `wanted` are the columns that the cells belong to, in the order of `columns`. */
  rows(wanted: readonly Column[]): AsyncGenerator<readonly Cell[][]>;
  /** Rows altogether, as far as the file says. */
  rowCount?: number;
  /** Where a person finds a row in the file: row of the sheet. By default its number. */
  lineOf?: (row: number) => number;
}
