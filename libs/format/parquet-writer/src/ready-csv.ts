import type { RowValue } from '@data-master/table-contracts';
import { canonicalText } from '@data-master/table-contracts';

/** CSV without header, every record a row, in a form that DuckDB reads as the contract means it. */
export interface ReadyCsv {
  bytes: Buffer;
  rows: number;
  /** The one line end of all records, as DuckDB's option has it. */
  newline: '\\n' | '\\r\\n';
  /** `consecutive` rows are numbered from `firstRow`; otherwise the first cell of a record is its number. */
  numbering: { firstRow: number } | 'firstCell';
  /** To be called once `bytes` are read. */
  release(): void;
}

/** Collects rows, each with its number as first cell. */
export interface ReadyCsvBuilder {
  /** A record of raw CSV without its line end. */
  addRecord(row: number, bytes: Buffer, from: number, to: number): void;
  addValues(row: number, values: readonly (RowValue | null)[]): void;
  build(): ReadyCsv;
}

export function createReadyCsvBuilder(sizeBytes: number): ReadyCsvBuilder {
  let bytes = Buffer.allocUnsafeSlow(sizeBytes);
  let length = 0;
  let rows = 0;
  const reserve = (needed: number): void => {
    if (length + needed <= bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(bytes.length * 2, length + needed));
    bytes.copy(grown, 0, 0, length);
    bytes = grown;
  };
  return {
    addRecord: (row, source, from, to) => {
      reserve(to - from + 32);
      length += bytes.write(`${row},`, length, 'latin1');
      length += source.copy(bytes, length, from, to);
      bytes[length++] = 10;
      rows += 1;
    },
    addValues: (row, values) => {
      const text = `${row},${values.map(formatCell).join(',')}\n`;
      reserve(text.length * 3);
      length += bytes.write(text, length);
      rows += 1;
    },
    build: () => ({ bytes: bytes.subarray(0, length), rows, newline: '\\n', numbering: 'firstCell', release: () => undefined }),
  };
}

function formatCell(value: RowValue | null): string {
  if (value === null) return '';
  return typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : canonicalText(value);
}
