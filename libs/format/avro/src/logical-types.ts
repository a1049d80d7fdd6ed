import { formatTimestamp } from '@data-master/table-contracts';
import type { AvroComplex, AvroForm } from './schema.ts';

/**
 * Fields by name, and logical types as texts: a date `YYYY-MM-DD`, a timestamp `YYYY-MM-DDTHH:MM:SS.ffffffZ` (a local one
 * without Z), a time of day `HH:MM:SS.ffffff`, a decimal with exactly its scale, a UUID with its hyphens. A value without
 * such a text, as the year 10000, stays the number that it is. What is written has the plain type's values.
 */
export const plainForm: AvroForm = { keyOf: ({ name }) => name, reading: readLogical, writing: () => undefined };

function readLogical(schema: AvroComplex): ((value: unknown) => unknown) | undefined {
  const { type, logicalType, scale = 0 } = schema;
  switch (typeof type === 'string' && `${logicalType ?? ''} ${type}`) {
    case 'date int': return (value) => dated(value, (days) => formatTimestamp(days * dayMicros).slice(0, 10));
    case 'timestamp-millis long': return (value) => dated(value, (millis) => formatTimestamp(millis * 1000n));
    case 'timestamp-micros long': return (value) => dated(value, formatTimestamp);
    case 'timestamp-nanos long': return (value) => dated(value, (nanos) => `${formatNanos(nanos)}Z`);
    case 'local-timestamp-millis long': return (value) => dated(value, (millis) => formatTimestamp(millis * 1000n).slice(0, -1));
    case 'local-timestamp-micros long': return (value) => dated(value, (micros) => formatTimestamp(micros).slice(0, -1));
    case 'local-timestamp-nanos long': return (value) => dated(value, formatNanos);
    case 'time-millis int': return (value) => timeOfDay(value, 1000n);
    case 'time-micros long': return (value) => timeOfDay(value, 1n);
    case 'decimal bytes':
    case 'decimal fixed': return (value) => formatUnits(signedInteger(value as Buffer), scale);
    case 'uuid fixed': return (value) => (value as Buffer).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    default: return undefined;
  }
}

const dayMicros = 86_400_000_000n;

function dated(value: unknown, format: (value: bigint) => string): unknown {
  try {
    const text = format(BigInt(value as number | bigint));
    return /^\d{4}-/.test(text) ? text : value;
  } catch {
    return value;
  }
}

/** Nanoseconds that are no whole microseconds have nine digits. */
function formatNanos(nanos: bigint): string {
  const rest = BigInt.asUintN(64, ((nanos % 1000n) + 1000n) % 1000n);
  return `${formatTimestamp((nanos - rest) / 1000n).slice(0, -1)}${rest === 0n ? '' : String(rest).padStart(3, '0')}`;
}

function timeOfDay(value: unknown, micros: bigint): unknown {
  const total = BigInt(value as number | bigint) * micros;
  return total >= 0n && total < dayMicros ? formatTimestamp(total).slice(11, -1) : value;
}

function signedInteger(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
}

function formatUnits(units: bigint, scale: number): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  return `${units < 0n ? '-' : ''}${scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`}`;
}
