import { encodeValue } from './single-values.ts';
import type { PrimitiveType, Value } from './types.ts';

const c1 = 0xcc9e2d51;
const c2 = 0x1b873593;

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function mixBlock(block: number): number {
  return Math.imul(rotate(Math.imul(block, c1), 15), c2);
}

/** Murmur3 of 32 bits (x86 variant, seed 0) as a signed integer. */
export function murmur3(bytes: Uint8Array): number {
  const padded = Buffer.alloc((bytes.length & ~3) + 4);
  padded.set(bytes);
  let hash = 0;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) hash = Math.imul(rotate(hash ^ mixBlock(padded.readInt32LE(at)), 13), 5) + 0xe6546b64;
  hash ^= mixBlock(padded.readInt32LE(at)) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** The hash of a value that the specification defines (appendix B); equal for a value before and after its type is widened. */
export function hashValue(type: PrimitiveType, value: Value): number {
  if (/^(int|long|date|time|timestamp|timestamptz)$/.test(type)) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value as number | bigint));
    return murmur3(bytes);
  }
  return murmur3(encodeValue(type, value));
}
