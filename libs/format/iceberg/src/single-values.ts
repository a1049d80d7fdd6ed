import { InvalidArgumentError } from './errors.ts';
import { decimalByteLength, decimalOf, type PrimitiveType, type Value } from './types.ts';

/** Serialises a value as specified for bounds (specification, appendix D). Inverse of `decodeValue`. */
export function encodeValue(type: PrimitiveType, value: Value): Uint8Array {
  if (decimalOf(type)) return minimalBigEndian(value as bigint);
  if (type === 'boolean') return Uint8Array.of(value ? 1 : 0);
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  if (value instanceof Uint8Array) return value;
  const bytes = Buffer.alloc(type === 'int' || type === 'date' || type === 'float' ? 4 : 8);
  if (type === 'float') bytes.writeFloatLE(Number(value));
  else if (type === 'double') bytes.writeDoubleLE(Number(value));
  else if (bytes.length === 4) bytes.writeInt32LE(Number(value));
  else bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}

/** Reads a serialised value; undefined when the bytes cannot be one. A column widened since (int to long) is read by its old width. */
export function decodeValue(type: PrimitiveType, bytes: Uint8Array): Value | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (type === 'string') return buffer.toString('utf8');
  if (decimalOf(type)) return buffer.length === 0 ? undefined : BigInt.asIntN(8 * buffer.length, BigInt(`0x${buffer.toString('hex')}`));
  switch (type) {
    case 'boolean':
      return buffer.length === 1 ? buffer[0] !== 0 : undefined;
    case 'int':
    case 'date':
      return buffer.length === 4 ? buffer.readInt32LE() : undefined;
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return buffer.length === 4 ? BigInt(buffer.readInt32LE()) : buffer.length === 8 ? buffer.readBigInt64LE() : undefined;
    case 'float':
      return buffer.length === 4 ? buffer.readFloatLE() : undefined;
    case 'double':
      return buffer.length === 4 ? buffer.readFloatLE() : buffer.length === 8 ? buffer.readDoubleLE() : undefined;
    default:
      return buffer;
  }
}

/** Two's complement, big endian, of a fixed length. */
export function fixedBigEndian(value: bigint, length: number): Uint8Array {
  const hex = BigInt.asUintN(8 * length, value).toString(16).padStart(2 * length, '0');
  return Buffer.from(hex, 'hex');
}

/** Two's complement, big endian, of the length that the specification gives to a decimal of this precision. */
export function decimalBytes(value: bigint, precision: number): Uint8Array {
  const limit = 10n ** BigInt(precision);
  if (value >= limit || value <= -limit) throw new InvalidArgumentError(`partition value ${value}, a decimal without its point: expected at most ${precision} digits; widen the column or truncate less`);
  return fixedBigEndian(value, decimalByteLength(precision));
}

function minimalBigEndian(value: bigint): Uint8Array {
  let length = 1;
  while (BigInt.asIntN(8 * length, value) !== value) length++;
  return fixedBigEndian(value, length);
}

const boundLength = 16;

/** A value not above the given one that is short enough for a manifest: strings of 16 code points, binary of 16 bytes. */
export function lowerBound(type: PrimitiveType, value: Value): Value {
  if (value === 0 && (type === 'float' || type === 'double')) return -0;
  if (typeof value === 'string') return [...value].slice(0, boundLength).join('');
  return value instanceof Uint8Array && type !== 'uuid' ? value.subarray(0, boundLength) : value;
}

/** A short value not below the given one; undefined when there is none. */
export function upperBound(type: PrimitiveType, value: Value): Value | undefined {
  if (value === 0 && (type === 'float' || type === 'double')) return 0;
  if (typeof value === 'string') return upperText(value);
  return value instanceof Uint8Array && type !== 'uuid' ? upperBytes(value) : value;
}

function upperText(text: string): string | undefined {
  const points = Array.from(text, (point) => point.codePointAt(0) ?? 0);
  if (points.length <= boundLength) return text;
  for (let last = boundLength - 1; last >= 0; last--) {
    const next = (points[last] ?? 0) + 1;
    if (next > 0x10ffff) continue;
    return String.fromCodePoint(...points.slice(0, last), next === 0xd800 ? 0xe000 : next);
  }
  return undefined;
}

function upperBytes(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length <= boundLength) return bytes;
  for (let last = boundLength - 1; last >= 0; last--) {
    const next = (bytes[last] ?? 255) + 1;
    if (next <= 255) return Uint8Array.of(...bytes.subarray(0, last), next);
  }
  return undefined;
}
