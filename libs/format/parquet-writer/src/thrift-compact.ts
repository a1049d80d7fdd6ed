/** A value of Thrift's compact protocol as it was encoded: integers keep their zigzag, unknown fields survive. */
export type ThriftValue = boolean | bigint | Uint8Array | ThriftList | ThriftStruct;

export interface ThriftList {
  elementType: number;
  items: ThriftValue[];
}

/** Fields by id. */
export type ThriftStruct = Map<number, ThriftField>;

export interface ThriftField {
  type: number;
  value: ThriftValue;
}

export const thriftType = { true: 1, false: 2, i8: 3, i16: 4, i32: 5, i64: 6, double: 7, binary: 8, list: 9, set: 10, struct: 12 } as const;

/** Reads one struct from the beginning of `bytes`; the inverse of `encodeThrift`. */
export function decodeThrift(bytes: Uint8Array): ThriftStruct {
  let position = 0;
  const byte = (): number => {
    const value = bytes[position];
    if (value === undefined) throw new Error(`thrift struct ends after ${bytes.length} bytes; expected more`);
    position += 1;
    return value;
  };
  const varint = (): bigint => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const next = byte();
      value |= BigInt(next & 0x7f) << shift;
      if (next < 0x80) return value;
    }
  };
  const zigzag = (): bigint => {
    const value = varint();
    return (value >> 1n) ^ -(value & 1n);
  };
  const take = (length: number): Uint8Array => bytes.subarray(position, (position += length));
  const struct = (): ThriftStruct => {
    const fields: ThriftStruct = new Map();
    for (let id = 0; ;) {
      const head = byte();
      if (head === 0) return fields;
      id = head >> 4 === 0 ? Number(zigzag()) : id + (head >> 4);
      fields.set(id, { type: head & 15, value: value(head & 15) });
    }
  };
  const list = (): ThriftList => {
    const head = byte();
    const size = head >> 4 === 15 ? Number(varint()) : head >> 4;
    const elementType = head & 15;
    return { elementType, items: Array.from({ length: size }, () => (elementType <= thriftType.false ? byte() === thriftType.true : value(elementType))) };
  };
  const value = (type: number): ThriftValue => {
    switch (type) {
      case thriftType.true: return true;
      case thriftType.false: return false;
      case thriftType.i8: return BigInt(byte());
      case thriftType.i16:
      case thriftType.i32:
      case thriftType.i64: return zigzag();
      case thriftType.double: return take(8);
      case thriftType.binary: return take(Number(varint()));
      case thriftType.list:
      case thriftType.set: return list();
      case thriftType.struct: return struct();
      default: throw new Error(`thrift type ${type} is not read; expected one of ${Object.values(thriftType).join(', ')}`);
    }
  };
  return struct();
}

/** The bytes of a struct; fields are written in ascending order of their ids. */
export function encodeThrift(root: ThriftStruct): Uint8Array {
  const parts: number[] = [];
  const varint = (value: bigint): void => {
    for (; value >= 0x80n; value >>= 7n) parts.push(Number(value & 0x7fn) | 0x80);
    parts.push(Number(value));
  };
  const zigzag = (value: bigint): void => varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
  const write = (type: number, value: ThriftValue): void => {
    if (typeof value === 'boolean') return;
    if (typeof value === 'bigint') return type === thriftType.i8 ? void parts.push(Number(value)) : zigzag(value);
    if (value instanceof Uint8Array) {
      if (type === thriftType.binary) varint(BigInt(value.length));
      for (const each of value) parts.push(each);
    } else if (value instanceof Map) struct(value);
    else list(value);
  };
  const list = ({ elementType, items }: ThriftList): void => {
    parts.push((Math.min(items.length, 15) << 4) | elementType);
    if (items.length >= 15) varint(BigInt(items.length));
    for (const item of items) {
      if (typeof item === 'boolean') parts.push(item ? thriftType.true : thriftType.false);
      else write(elementType, item);
    }
  };
  const struct = (fields: ThriftStruct): void => {
    let last = 0;
    for (const [id, { type, value }] of [...fields].sort(([left], [right]) => left - right)) {
      const delta = id - last;
      if (delta >= 1 && delta <= 15) parts.push((delta << 4) | type);
      else {
        parts.push(type);
        zigzag(BigInt(id));
      }
      write(type, value);
      last = id;
    }
    parts.push(0);
  };
  struct(root);
  return Uint8Array.from(parts);
}
