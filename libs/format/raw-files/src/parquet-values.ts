import { formatTimestamp } from '@data-master/table-contracts';
import { TerminalError } from '@data-master/ports';
import type { SchemaElement, TimeUnit } from 'hyparquet';
import type { StoredValue } from './parquet-pages.ts';
import type { Cell } from './table-reader.ts';

/** Writes a stored value as the text that a contract reads as the same value, every digit kept. */
export type ValueText = (value: StoredValue) => Cell;

const nanosOf: Record<TimeUnit, bigint> = { MILLIS: 1_000_000n, MICROS: 1000n, NANOS: 1n };
const nanosOfSecond = 1_000_000_000n;
const julianDayOf1970 = 2_440_588n;
const millisOfDay = 86_400_000;

/** The text of the values of a leaf column; a type that is no single value is a TerminalError. */
export function parquetValueText(element: SchemaElement, column: string, name: string): ValueText {
  const { type, converted_type: converted, logical_type: logical } = element;
  const kind = logical?.type ?? convertedKinds[converted ?? ''] ?? converted;
  switch (kind) {
    case 'DECIMAL': return decimalText(logical?.type === 'DECIMAL' ? logical.scale : (element.scale ?? 0));
    case 'DATE': return (value) => dateText(Number(value));
    case 'TIMESTAMP': {
      const unit = logical?.type === 'TIMESTAMP' ? logical.unit : converted === 'TIMESTAMP_MICROS' ? 'MICROS' : 'MILLIS';
      return (value) => instantText(BigInt(value as bigint) * nanosOf[unit]);
    }
    case 'TIME': {
      const unit = logical?.type === 'TIME' ? logical.unit : converted === 'TIME_MICROS' ? 'MICROS' : 'MILLIS';
      return (value) => instantText(BigInt(value as bigint) * nanosOf[unit]).slice('1970-01-01 '.length);
    }
    case 'INTEGER': {
      const signed = logical?.type === 'INTEGER' ? logical.isSigned : !converted?.startsWith('U');
      return signed ? String : (value) => (typeof value === 'bigint' ? String(BigInt.asUintN(64, value)) : String(Number(value) >>> 0));
    }
    case 'UUID': return (value) => Buffer.from(value as Uint8Array).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    case 'FLOAT16': return (value) => floatText(halfOf(value as Uint8Array));
    case undefined:
    case 'NULL':
    case 'STRING':
    case 'ENUM':
    case 'JSON':
      return plainText(type);
    default: throw new TerminalError(`column ${column} of ${name} is of type ${kind}; expected numbers, texts, dates, times or instants; write it as one of them`);
  }
}

const convertedKinds: Record<string, string> = {
  UTF8: 'STRING', TIMESTAMP_MILLIS: 'TIMESTAMP', TIMESTAMP_MICROS: 'TIMESTAMP', TIME_MILLIS: 'TIME', TIME_MICROS: 'TIME',
  ...Object.fromEntries([8, 16, 32, 64].flatMap((bits) => [[`INT_${bits}`, 'INTEGER'], [`UINT_${bits}`, 'INTEGER']])),
};

function plainText(type: SchemaElement['type']): ValueText {
  switch (type) {
    case 'INT96': return (value) => instantText(((value as bigint) >> 64n) * 86_400n * nanosOfSecond + BigInt.asUintN(64, value as bigint) - julianDayOf1970 * 86_400n * nanosOfSecond);
    case 'FLOAT': return (value) => floatText(value as number);
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY': return (value) => value as Uint8Array;
    default: return String;
  }
}

/** The shortest text that is this number in 32 bits. */
export function floatText(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}

/** An instant in UTC with as many digits of its second as it has, at most nine. */
export function instantText(nanos: bigint): string {
  const micros = nanos / 1000n - (nanos % 1000n < 0n ? 1n : 0n);
  if (micros < -62_135_596_800_000_000n || micros > 253_402_300_799_999_999n) return `${nanos} ns since 1970`;
  const text = formatTimestamp(micros).replace('T', ' ').slice(0, -1);
  const rest = nanos - micros * 1000n;
  return rest === 0n ? text : `${text}${String(rest).padStart(3, '0')}`;
}

/** A day since 1970-01-01 as YYYY-MM-DD; what no calendar of a contract has stays a number. */
export function dateText(days: number): string {
  const date = new Date(days * millisOfDay);
  return date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999 ? date.toISOString().slice(0, 10) : `${days} days since 1970`;
}

function decimalText(scale: number): ValueText {
  return (value) => {
    const units = value instanceof Uint8Array ? signedOf(value) : BigInt(value);
    const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
    return `${units < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${scale > 0 ? `.${digits.slice(-scale)}` : ''}`;
  };
}

function signedOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
}

function halfOf(bytes: Uint8Array): number {
  const bits = ((bytes[1] ?? 0) << 8) | (bytes[0] ?? 0);
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : exponent === 31 ? (fraction ? NaN : Infinity) : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits >> 15 ? -size : size;
}
