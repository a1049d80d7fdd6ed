import type { Column } from './columns.ts';
import { decimalOf, dialectsOf, type LogicalType } from './logical-types.ts';

/** A value of a row, as `ValueOf` has it. */
export type RowValue = boolean | number | bigint | string;

/** Reads a text as a value; undefined when the text denotes none of the type. */
export type TextReader = (text: string) => RowValue | undefined;

/**
 * The reader of a column's texts: grammar of its type, then range of type and column. Never rounds but to
 * binary floating point, where zero has no sign.
 */
export function textReader(column: Pick<Column, 'type' | 'range'>): TextReader {
  const grammar = new RegExp(`^(?:${dialectsOf(column.type).text})$`, 'u');
  const read = readerOf(column.type);
  const range = column.range;
  const accept: TextReader = range
    ? (text) => {
        const value = read(text);
        return (typeof value === 'bigint' || typeof value === 'number') && value >= range[0] && value <= range[1] ? value : undefined;
      }
    : read;
  return column.type === 'string' ? accept : (text) => (grammar.test(text) ? accept(text) : undefined);
}

/** What `textReader` accepts, for a person. */
export function expectedText(column: Pick<Column, 'type' | 'range'>): string {
  return column.range ? `an integer from ${column.range[0]} to ${column.range[1]}` : dialectsOf(column.type).expected;
}

/** The one text of a value that every engine reads as the same value. */
export function canonicalText(value: RowValue): string {
  return String(value);
}

/** Microseconds since 1970-01-01T00:00:00Z of a timestamp of a row. */
export function timestampMicros(timestamp: string): bigint {
  const micros = timestamp.slice(20, 26);
  return BigInt(Date.parse(`${timestamp.slice(0, 19)}Z`)) * 1000n + BigInt(micros);
}

/** The inverse of `timestampMicros`; years 0001 to 9999. */
export function formatTimestamp(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  return `${new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19)}.${String(fraction).padStart(6, '0')}Z`;
}

/** Days since 1970-01-01 of a date of a row. */
export function dateDays(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 86_400_000;
}

/** The integer that a decimal of a row is in units of its last digit. */
export function decimalUnits(decimal: string): bigint {
  return BigInt(decimal.replace('.', ''));
}

function readerOf(type: LogicalType): TextReader {
  const decimal = decimalOf(type);
  if (decimal) return (text) => readDecimal(text, decimal);
  switch (type) {
    case 'boolean': return (text) => text === '1' || /^t/i.test(text);
    case 'int': return (text) => within(BigInt(unsigned(text)), 31n, Number);
    case 'long': return (text) => within(BigInt(unsigned(text)), 63n, (value) => value);
    case 'float': return (text) => readFinite(text, Math.fround(Number(text)));
    case 'double': return (text) => readFinite(text, Number(text));
    case 'date': return readDate;
    case 'timestamp': return readTimestamp;
    default: return (text) => text;
  }
}

const unsigned = (text: string): string => (text.startsWith('+') ? text.slice(1) : text);

function within<Value extends RowValue>(value: bigint, bits: bigint, result: (value: bigint) => Value): Value | undefined {
  return value >= -(1n << bits) && value < 1n << bits ? result(value) : undefined;
}

function readFinite(text: string, value: number): number | undefined {
  if (value === 0) return 0;
  return Number.isFinite(value) || /^(?:NaN|[+-]?Infinity)$/.test(text) ? value : undefined;
}

function readDecimal(text: string, { precision, scale }: { precision: number; scale: number }): string | undefined {
  const [, sign = '', whole = '', fraction = ''] = /^([+-]?)0*([0-9]*)(?:\.([0-9]*?)0*)?$/.exec(text) ?? [];
  if (whole.length > precision - scale || fraction.length > scale) return undefined;
  const digits = `${whole || '0'}${scale > 0 ? `.${fraction.padEnd(scale, '0')}` : ''}`;
  return sign === '-' && /[1-9]/.test(digits) ? `-${digits}` : digits;
}

function readDate(text: string): string | undefined {
  return text >= '0001' && isCalendarDate(text) ? text : undefined;
}

const timestampParts = /^(.{10})[ T](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):?(\d\d)?)?$/;
const firstMicros = timestampMicros('0001-01-01T00:00:00.000000Z');
const lastMicros = timestampMicros('9999-12-31T23:59:59.999999Z');

function readTimestamp(text: string): string | undefined {
  const [, date = '', hour = '', minute = '', second = '', fraction = '', sign, offsetHour = '0', offsetMinute = '0'] = timestampParts.exec(text) ?? [];
  if (readDate(date) === undefined || hour > '23' || minute > '59' || second > '59') return undefined;
  const utc = `${date}T${hour}:${minute}:${second}.${fraction.padEnd(6, '0')}Z`;
  if (sign === undefined) return utc;
  const offsetMinutes = Number(offsetHour) * 60 + Number(offsetMinute);
  if (Number(offsetMinute) > 59 || offsetMinutes >= 16 * 60) return undefined;
  const shift = BigInt(offsetMinutes) * 60_000_000n;
  const micros = timestampMicros(utc) + (sign === '-' ? shift : -shift);
  return micros >= firstMicros && micros <= lastMicros ? formatTimestamp(micros) : undefined;
}

function isCalendarDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
