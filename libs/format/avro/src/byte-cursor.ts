import { isUtf8 } from 'node:buffer';

/** Position in the bytes that are read; reading past their end throws a RangeError. */
export interface ByteCursor {
  bytes: Buffer;
  offset: number;
}

/** Takes the next bytes. */
export function takeBytes(cursor: ByteCursor, length: number): Buffer {
  const end = cursor.offset + length;
  if (length < 0 || end > cursor.bytes.length) {
    throw new RangeError(`${length} bytes wanted at ${cursor.offset} of ${cursor.bytes.length}`);
  }
  const taken = cursor.bytes.subarray(cursor.offset, end);
  cursor.offset = end;
  return taken;
}

/** Takes text in UTF-8 with its length before it. */
export function takeText(cursor: ByteCursor): string {
  const length = takeInt(cursor);
  const start = cursor.offset;
  if (length < 0 || start + length > cursor.bytes.length) throw new RangeError(`${length} bytes wanted at ${start} of ${cursor.bytes.length}`);
  cursor.offset = start + length;
  const text = cursor.bytes.toString('utf8', start, cursor.offset);
  if (text.includes('\ufffd') && !isUtf8(cursor.bytes.subarray(start, cursor.offset))) throw new RangeError(`text that is no UTF-8 at ${start}`);
  return text;
}

/** Reads a zig-zag variable-length integer. Inverse of `ByteSink.long`. */
export function takeLong(cursor: ByteCursor): bigint {
  const start = cursor.offset;
  const length = varintLength(cursor);
  if (length <= 7) return BigInt(zigZag(cursor.bytes, start, length));
  let unsigned = 0n;
  for (let index = length - 1; index >= 0; index--) unsigned = (unsigned << 7n) | BigInt((cursor.bytes[start + index] ?? 0) & 127);
  return BigInt.asIntN(64, unsigned >> 1n) ^ -(unsigned & 1n);
}

/** Reads an integer that must be a length, a count or an int. */
export function takeInt(cursor: ByteCursor): number {
  const start = cursor.offset;
  return zigZag(cursor.bytes, start, varintLength(cursor));
}

function zigZag(bytes: Buffer, start: number, length: number): number {
  let unsigned = 0;
  for (let index = length - 1; index >= 0; index--) unsigned = unsigned * 128 + ((bytes[start + index] ?? 0) & 127);
  if (!Number.isSafeInteger(unsigned)) throw new RangeError(`the integer at ${start} is out of range`);
  return unsigned % 2 === 0 ? unsigned / 2 : -(unsigned + 1) / 2;
}

function varintLength(cursor: ByteCursor): number {
  const start = cursor.offset;
  for (let length = 1; length <= 10; length++) {
    if (start + length > cursor.bytes.length) throw new RangeError(`an integer breaks off at ${start} of ${cursor.bytes.length}`);
    if ((cursor.bytes[start + length - 1] ?? 0) < 128) {
      cursor.offset = start + length;
      return length;
    }
  }
  throw new RangeError(`an integer of more than 64 bits at ${start}`);
}
