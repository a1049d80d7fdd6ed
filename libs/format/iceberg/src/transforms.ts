import { InvalidArgumentError } from './errors.ts';
import { hashValue } from './murmur3.ts';
import { isPrimitive, type Field, type IcebergType, type PrimitiveType, type Value } from './types.ts';
import { daysOf } from './values.ts';

/** Partition transforms that this package writes and reads; `bucket` hashes into so many buckets, `truncate` cuts to a width. */
export type Transform = 'identity' | 'year' | 'month' | 'day' | 'hour' | 'void' | `bucket[${number}]` | `truncate[${number}]`;

/** A transform as a table spells it, taken apart; `unknown` is one that this package neither computes nor prunes by. */
export interface ParsedTransform {
  kind: 'identity' | 'year' | 'month' | 'day' | 'hour' | 'void' | 'bucket' | 'truncate' | 'unknown';
  name: string;
  /** Buckets of `bucket`, width of `truncate`, else 0. */
  parameter: number;
}

/** The known transforms as messages list them. */
export const knownTransforms = 'identity, bucket[N], truncate[W], year, month, day, hour or void';

const plain = new Set<string>(['identity', 'year', 'month', 'day', 'hour', 'void']);
const dayMs = 86_400_000;
const hourMicros = 3_600_000_000n;

/** Takes a transform's name apart. */
export function parseTransform(name: string): ParsedTransform {
  if (plain.has(name)) return { kind: name as ParsedTransform['kind'], name, parameter: 0 };
  const [, kind, digits] = /^(bucket|truncate)\[(\d{1,10})\]$/.exec(name) ?? [];
  const parameter = Number(digits);
  if (kind === undefined || parameter < 1 || parameter > 0x7fffffff) return { kind: 'unknown', name, parameter: 0 };
  return { kind: kind as ParsedTransform['kind'], name, parameter };
}

function allows({ kind }: ParsedTransform, type: IcebergType): boolean {
  if (!isPrimitive(type)) return kind === 'void';
  const isExact = type !== 'float' && type !== 'double';
  switch (kind) {
    case 'identity':
      return isExact;
    case 'bucket':
      return isExact && type !== 'boolean';
    case 'truncate':
      return /^(int|long|string|binary|decimal\(.*)$/.test(type);
    case 'hour':
      return type === 'timestamp' || type === 'timestamptz';
    case 'void':
      return true;
    case 'unknown':
      return false;
    default:
      return type === 'date' || type === 'timestamp' || type === 'timestamptz';
  }
}

const allowedTypes: Record<ParsedTransform['kind'], string> = {
  identity: 'a single value of exact equality: no float, double or nested type',
  bucket: 'int, long, decimal, date, time, timestamp, timestamptz, string, uuid, fixed or binary',
  truncate: 'int, long, decimal, string or binary',
  year: 'date, timestamp or timestamptz',
  month: 'date, timestamp or timestamptz',
  day: 'date, timestamp or timestamptz',
  hour: 'timestamp or timestamptz',
  void: 'any type',
  unknown: `one of the transforms ${knownTransforms}`,
};

/** Refuses a transform that is not defined for the column's type. */
export function checkTransform(transform: string, { type, name }: Field): void {
  const parsed = parseTransform(transform);
  if (allows(parsed, type)) return;
  throw new InvalidArgumentError(
    `partition by ${transform} of "${name}": found type ${typeof type === 'string' ? type : type.type}, expected ${allowedTypes[parsed.kind]}`,
  );
}

/** How a partition field is called after its column, as other writers do. */
export function partitionFieldName(transform: string, column: string): string {
  const { kind } = parseTransform(transform);
  if (kind === 'identity') return column;
  return `${column}_${kind === 'truncate' ? 'trunc' : kind === 'void' ? 'null' : kind}`;
}

/** Type of the partition values. */
export function transformedType({ kind }: ParsedTransform, source: IcebergType): PrimitiveType {
  if (kind === 'identity' || kind === 'truncate') return source as PrimitiveType;
  if (kind === 'void') return isPrimitive(source) ? source : 'int';
  return kind === 'unknown' ? 'string' : kind === 'day' ? 'date' : 'int';
}

/** The partition value of a column's value; null for `void`. All but `bucket` keep order, save for `truncate` where it wraps. */
export function transformValue({ kind, parameter }: ParsedTransform, sourceType: PrimitiveType, value: Value): Value | null {
  switch (kind) {
    case 'identity':
      return value;
    case 'void':
    case 'unknown':
      return null;
    case 'bucket':
      return (hashValue(sourceType, value) & 0x7fffffff) % parameter;
    case 'truncate':
      return truncate(sourceType, value, parameter);
    case 'hour':
      return Number(((value as bigint) - modulo(value as bigint, hourMicros)) / hourMicros);
  }
  const days = sourceType === 'date' ? Number(value) : daysOf(value as bigint);
  if (kind === 'day') return days;
  const date = new Date(days * dayMs);
  const years = date.getUTCFullYear() - 1970;
  return kind === 'year' ? years : years * 12 + date.getUTCMonth();
}

function modulo(value: bigint, divisor: bigint): bigint {
  return ((value % divisor) + divisor) % divisor;
}

function truncate(type: PrimitiveType, value: Value, width: number): Value {
  if (typeof value === 'string') return [...value].slice(0, width).join('');
  if (value instanceof Uint8Array) return value.subarray(0, width);
  const whole = BigInt(value);
  const cut = whole - modulo(whole, BigInt(width));
  if (type === 'int') return Number(BigInt.asIntN(32, cut));
  return type === 'long' ? BigInt.asIntN(64, cut) : cut;
}

/** Whether a partition value of a type can stand for values at the other end of the range: what lies below the lowest multiple wraps. */
export function isWrapped(type: PrimitiveType, { kind, parameter }: ParsedTransform, lower: Value, upper: Value): boolean {
  if (kind !== 'truncate' || (type !== 'int' && type !== 'long')) return false;
  const [low, high] = [BigInt(lower as bigint), BigInt(upper as bigint)];
  return [2n ** 31n, 2n ** 63n].some((end) => high > end - 1n - BigInt(parameter) && low < end);
}
