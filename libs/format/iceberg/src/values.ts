import { InvalidArgumentError } from './errors.ts';
import { decimalOf, fixedLengthOf, type PrimitiveType, type Value } from './types.ts';
import { engineType, textLiteral } from './sql-text.ts';

const dayMs = 86_400_000;
const dayMicros = 86_400_000_000n;

/** A value as callers write and get it: dates as `YYYY-MM-DD`, decimals as text, timestamps as bigint microseconds or ISO text in UTC. */
export type Literal = boolean | number | bigint | string | Uint8Array | null;

/** Orders two values of one type: numbers by value, strings by code point, bytes unsigned. */
export function compareValues(left: Value, right: Value): number {
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right);
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** SQL whose text is the canonical form of an expression's value, the one that `parseCanonical` reads in every time zone. */
export function canonicalSql(type: PrimitiveType, expression: string): string {
  if (type === 'timestamp' || type === 'timestamptz') return `epoch_us(${expression})::VARCHAR`;
  if (type === 'binary' || fixedLengthOf(type) !== undefined) return `hex(${expression})`;
  return `(${expression})::VARCHAR`;
}

/** Reads the text of a value from the SQL engine; undefined when the type cannot hold it (infinite dates, years before 1). */
export function parseCanonical(type: PrimitiveType, text: string): Value | undefined {
  const decimal = decimalOf(type);
  if (decimal) return unscaled(text, decimal.scale);
  switch (type) {
    case 'boolean':
      return text === 'true' || text === '1';
    case 'int':
      return Number(text);
    case 'long':
      return BigInt(text);
    case 'float':
      return Math.fround(parseFloatText(text));
    case 'double':
      return parseFloatText(text);
    case 'date':
      return parseDate(text);
    case 'time':
      return parseTime(text);
    case 'timestamp':
    case 'timestamptz':
      return /^-?\d+$/.test(text) ? BigInt(text) : parseTimestamp(text);
    case 'string':
      return text;
    case 'uuid':
      return Buffer.from(text.replaceAll('-', ''), 'hex');
    default:
      return Buffer.from(text.replaceAll('\\x', ''), 'hex');
  }
}

function parseFloatText(text: string): number {
  if (text === 'inf' || text === '-inf') return text === 'inf' ? Infinity : -Infinity;
  return Number(text);
}

function parseDate(text: string): number | undefined {
  if (!/^\d{4,6}-\d\d-\d\d$/.test(text)) return undefined;
  const [year = 0, month = 1, day = 1] = text.split('-').map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return Number.isNaN(date.getTime()) || date.getUTCDate() !== day ? undefined : date.getTime() / dayMs;
}

function parseTime(text: string): bigint | undefined {
  const match = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?$/.exec(text);
  if (!match) return undefined;
  const seconds = Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3] ?? 0);
  return BigInt(seconds) * 1_000_000n + BigInt((match[4] ?? '').padEnd(6, '0'));
}

function parseTimestamp(text: string): bigint | undefined {
  const match = /^(\d{4,6}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?))?(?:Z|\+00(?::?00)?)?$/.exec(text);
  const days = match ? parseDate(match[1] ?? '') : undefined;
  const time = match?.[2] === undefined ? 0n : parseTime(match[2]);
  return days === undefined || time === undefined ? undefined : BigInt(days) * dayMicros + time;
}

function unscaled(text: string, scale: number): bigint | undefined {
  const match = /^(-?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (!match || (match[3] ?? '').replace(/0+$/, '').length > scale) return undefined;
  const digits = BigInt((match[2] ?? '') + (match[3] ?? '').slice(0, scale).padEnd(scale, '0'));
  return match[1] ? -digits : digits;
}

/** Turns what a caller wrote into a value of the type; InvalidArgumentError when it does not fit. */
export function toValue(type: PrimitiveType, literal: Exclude<Literal, null>): Value {
  const value = convert(type, literal);
  if (value === undefined) {
    throw new InvalidArgumentError(`found ${typeof literal} ${String(literal)}, expected a value of type ${type}`);
  }
  return value;
}

function convert(type: PrimitiveType, literal: Exclude<Literal, null>): Value | undefined {
  const whole = typeof literal === 'bigint' || (typeof literal === 'number' && Number.isInteger(literal));
  if (type === 'long' || type === 'time' || type === 'timestamp' || type === 'timestamptz') {
    if (whole) return BigInt(literal);
    return typeof literal === 'string' && type !== 'long' ? parseCanonical(type, literal) : undefined;
  }
  if (type === 'int') return whole && BigInt.asIntN(32, BigInt(literal)) === BigInt(literal) ? Number(literal) : undefined;
  if (type === 'date') return whole ? Number(literal) : typeof literal === 'string' ? parseDate(literal) : undefined;
  if (type === 'float') return typeof literal === 'number' ? Math.fround(literal) : undefined;
  if (type === 'double') return typeof literal === 'number' ? literal : undefined;
  if (type === 'boolean') return typeof literal === 'boolean' ? literal : undefined;
  if (type === 'string') return typeof literal === 'string' ? literal : undefined;
  if (literal instanceof Uint8Array) return literal;
  if (decimalOf(type)) return typeof literal === 'boolean' ? undefined : parseCanonical(type, String(literal));
  return type === 'uuid' && typeof literal === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(literal)
    ? parseCanonical(type, literal)
    : undefined;
}

/** The form of a value that callers get, and that `toValue` reads back. */
export function toLiteral(type: PrimitiveType, value: Value): Exclude<Literal, null> {
  const decimal = decimalOf(type);
  if (decimal && typeof value === 'bigint') return formatDecimal(value, decimal.scale);
  if (type === 'date') return formatDate(Number(value));
  if (type === 'uuid' && value instanceof Uint8Array) {
    return Buffer.from(value).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }
  return value;
}

/** SQL for a value of a type. */
export function valueSql(type: PrimitiveType, value: Value): string {
  if (type === 'timestamp') return `make_timestamp(${BigInt(value as bigint)}::BIGINT)`;
  if (type === 'timestamptz') return `${textLiteral(`${formatTimestamp(BigInt(value as bigint))}+00`)}::TIMESTAMPTZ`;
  if (type === 'time') return `${textLiteral(formatTime(BigInt(value as bigint)))}::TIME`;
  if (value instanceof Uint8Array && type !== 'uuid') return `from_hex('${Buffer.from(value).toString('hex')}')`;
  return `${textLiteral(String(toLiteral(type, value)))}::${engineType(type)}`;
}

/** The text of an unscaled decimal. */
export function formatDecimal(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return value < 0n ? `-${text}` : text;
}

function formatDate(days: number): string {
  const [date = ''] = new Date(days * dayMs).toISOString().split('T');
  return date.replace(/^\+0*(?=\d{4})/, '');
}

function formatTime(micros: bigint): string {
  const seconds = Number(micros / 1_000_000n);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${parts.map((part) => String(part).padStart(2, '0')).join(':')}.${String(micros % 1_000_000n).padStart(6, '0')}`;
}

function formatTimestamp(micros: bigint): string {
  const days = daysOf(micros);
  return `${formatDate(days)} ${formatTime(micros - BigInt(days) * dayMicros)}`;
}

/** Days since 1970-01-01 of a timestamp in microseconds, rounded down. */
export function daysOf(micros: bigint): number {
  return Number(micros >= 0n ? micros / dayMicros : (micros - dayMicros + 1n) / dayMicros);
}
