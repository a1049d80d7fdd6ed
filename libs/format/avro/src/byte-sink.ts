/** Bytes that are written one value after the other, in one growing buffer. */
export interface ByteSink {
  readonly length: number;
  /** A zig-zag variable-length integer. Inverse of `takeLong`. */
  long(value: number | bigint): void;
  bytes(value: Uint8Array): void;
  /** Text in UTF-8 with its length before it. */
  text(value: string): void;
  float(value: number): void;
  double(value: number): void;
  /** A copy of what was written; the sink is empty then. */
  take(): Buffer;
  /** Forgets what was written after the first `length` bytes. */
  cut(length: number): void;
}

const longestInteger = 10;

export function createByteSink(): ByteSink {
  let buffer = Buffer.allocUnsafe(4096);
  let length = 0;
  const reserve = (more: number): void => {
    if (length + more <= buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(buffer.length * 2, length + more));
    buffer.copy(grown, 0, 0, length);
    buffer = grown;
  };
  const long = (value: number | bigint): void => {
    reserve(longestInteger);
    if (typeof value === 'number' && value >= -(2 ** 30) && value < 2 ** 30) {
      let rest = (value << 1) ^ (value >> 31);
      for (; rest > 127; rest >>>= 7) buffer[length++] = (rest & 127) | 128;
      buffer[length++] = rest;
      return;
    }
    const signed = BigInt(value);
    let rest = BigInt.asUintN(64, (signed << 1n) ^ (signed >> 63n));
    for (; rest > 127n; rest >>= 7n) buffer[length++] = Number(rest & 127n) | 128;
    buffer[length++] = Number(rest);
  };
  return {
    get length() {
      return length;
    },
    long,
    bytes: (value) => {
      reserve(value.length);
      buffer.set(value, length);
      length += value.length;
    },
    text: (value) => {
      const sizeBytes = Buffer.byteLength(value);
      long(sizeBytes);
      reserve(sizeBytes);
      length += buffer.write(value, length, 'utf8');
    },
    float: (value) => {
      reserve(4);
      length = buffer.writeFloatLE(value, length);
    },
    double: (value) => {
      reserve(8);
      length = buffer.writeDoubleLE(value, length);
    },
    take: () => {
      const taken = Buffer.from(buffer.subarray(0, length));
      length = 0;
      return taken;
    },
    cut: (to) => {
      length = to;
    },
  };
}
