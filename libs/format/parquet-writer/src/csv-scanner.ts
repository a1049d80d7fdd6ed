import { decimalOf } from '@data-master/table-contracts';
import type { InputColumn } from './input-columns.ts';

/** Checks records of CSV byte by byte, without making texts of them. */
export interface CsvScanner {
  /**
   * The offset after the record that begins at `position`, when the record is certainly a row that DuckDB reads as the
   * contract means it; -1 when that takes a closer look. `bytes` has a zero byte where its data end.
   */
  scan(bytes: Uint8Array, position: number): number;
  /** What the records scanned since `reset` had. */
  seen: { carriageReturns: number; innerLines: number };
  reset(): void;
}

type Kind = 'text' | 'digits' | 'integer' | 'decimal' | 'other';

const comma = 44;
const quote = 34;
const lineFeed = 10;
const carriageReturn = 13;
const at = 64;
const safeDigits = 15;

const plainNumber = /^-?[0-9]{1,17}(?:\.[0-9]{1,17})?(?:[eE][+-]?[0-9]{1,3})?$/;
const plainTexts: Partial<Record<string, RegExp>> = {
  double: plainNumber,
  float: plainNumber,
  timestamp: /^.{10}[ T].{8}(?:\.[0-9]+)?Z?$/,
};

/** A scanner for records whose cells belong to `columns` in order. */
export function createCsvScanner(columns: readonly InputColumn[]): CsvScanner {
  const count = columns.length;
  const kinds = columns.map(kindOf);
  const nullable = columns.map(({ required }) => !required);
  const least = columns.map(({ column }) => Number(column.range?.[0] ?? (column.type === 'int' ? -(2 ** 31) : -Infinity)));
  const greatest = columns.map(({ column }) => Number(column.range?.[1] ?? (column.type === 'int' ? 2 ** 31 - 1 : Infinity)));
  const scales = columns.map(({ column }) => decimalOf(column.type)?.scale ?? 0);
  const wholes = columns.map(({ column }) => (decimalOf(column.type)?.precision ?? 0) - (decimalOf(column.type)?.scale ?? 0));
  const accepts = columns.map(acceptsPlain);
  const withoutAt = columns.map(({ withoutEmail }) => withoutEmail);
  const stops = new Uint8Array(256);
  for (const byte of [0, comma, quote, lineFeed, carriageReturn]) stops[byte] = 1;
  const seen = { carriageReturns: 0, innerLines: 0 };

  const scan = (bytes: Uint8Array, start: number): number => {
    let position = start;
    let byte = bytes[position] as number;
    if (byte === lineFeed || byte === carriageReturn) return -1;
    for (let field = 0; field < count; field++) {
      const quoted = byte === quote;
      if (quoted) byte = bytes[++position] as number;
      const from = position;
      const kind = kinds[field];
      if (kind === 'digits') {
        const negative = byte === 45;
        if (negative) byte = bytes[++position] as number;
        const digitsFrom = position;
        while (byte >= 48 && byte <= 57) byte = bytes[++position] as number;
        const digits = position - digitsFrom;
        if (digits > safeDigits || (digits === 0 && (quoted || negative || !nullable[field]))) return -1;
      } else if (kind === 'integer') {
        const negative = byte === 45;
        if (negative) byte = bytes[++position] as number;
        const digitsFrom = position;
        let value = 0;
        while (byte >= 48 && byte <= 57) {
          value = value * 10 + (byte - 48);
          byte = bytes[++position] as number;
        }
        const digits = position - digitsFrom;
        if (digits === 0) {
          if (quoted || negative || !nullable[field]) return -1;
        } else {
          if (negative) value = -value;
          if (digits > safeDigits || value < (least[field] as number) || value > (greatest[field] as number)) return -1;
        }
      } else if (kind === 'decimal') {
        const negative = byte === 45;
        if (negative) byte = bytes[++position] as number;
        const digitsFrom = position;
        while (byte === 48) byte = bytes[++position] as number;
        const wholeFrom = position;
        while (byte >= 48 && byte <= 57) byte = bytes[++position] as number;
        if (position === digitsFrom) {
          if (quoted || negative || !nullable[field]) return -1;
        } else {
          if (position - wholeFrom > (wholes[field] as number)) return -1;
          if (byte === 46) {
            byte = bytes[++position] as number;
            const fractionFrom = position;
            while (byte >= 48 && byte <= 57) byte = bytes[++position] as number;
            const fraction = position - fractionFrom;
            if (fraction === 0 || fraction > (scales[field] as number)) return -1;
          }
        }
      } else if (kind === 'text' && quoted) {
        for (;;) {
          while (byte !== quote && byte !== 0) {
            if (byte === lineFeed) seen.innerLines++;
            byte = bytes[++position] as number;
          }
          if (byte === 0) return -1;
          if (bytes[position + 1] !== quote) break;
          byte = bytes[position += 2] as number;
        }
      } else {
        while (byte > comma || stops[byte] === 0) byte = bytes[++position] as number;
        if (position === from) {
          if (quoted || !nullable[field]) return -1;
        } else if (kind === 'other' && !accepts[field]?.(latin1(bytes, from, position))) return -1;
      }
      if (withoutAt[field]) {
        for (let index = from; index < position; index++) if (bytes[index] === at) return -1;
      }
      if (quoted) {
        if (byte !== quote) return -1;
        byte = bytes[++position] as number;
      }
      if (field < count - 1) {
        if (byte !== comma) return -1;
        byte = bytes[++position] as number;
      }
    }
    if (byte === carriageReturn) {
      byte = bytes[++position] as number;
      if (byte !== lineFeed) return -1;
      seen.carriageReturns++;
    }
    return byte === lineFeed ? position + 1 : -1;
  };
  return {
    scan,
    seen,
    reset: () => {
      seen.carriageReturns = 0;
      seen.innerLines = 0;
    },
  };
}

function kindOf({ column }: InputColumn): Kind {
  if (column.name === 'operation') return 'other';
  if (column.type === 'string') return 'text';
  if (column.type === 'long' && !column.range) return 'digits';
  if (column.type === 'int' || column.type === 'long') return 'integer';
  return decimalOf(column.type) ? 'decimal' : 'other';
}

/** Texts that DuckDB reads as the contract does; it would give zero a sign. */
function acceptsPlain({ column, read }: InputColumn): (text: string) => boolean {
  const plain = plainTexts[column.type];
  return (text) => {
    if (plain && !plain.test(text)) return false;
    const value = read(text);
    return value !== undefined && !(value === 0 && text.startsWith('-'));
  };
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
}
