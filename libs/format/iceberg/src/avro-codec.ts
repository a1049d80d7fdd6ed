/** Avro schema as JSON; the field ids of Iceberg are extra attributes. */
export type AvroSchema = string | AvroSchema[] | AvroComplex;

export interface AvroComplex {
  type: AvroSchema;
  name?: string;
  fields?: AvroField[];
  items?: AvroSchema;
  values?: AvroSchema;
  size?: number;
  [attribute: string]: unknown;
}

export interface AvroField {
  name: string;
  type: AvroSchema;
  'field-id'?: number;
  default?: unknown;
  doc?: string;
}

/** A record by field id: names differ between writers, ids do not. */
export type AvroRecord = Record<number, unknown>;

/** Position in the bytes that are read; reading past their end throws a RangeError. */
export interface Cursor {
  bytes: Buffer;
  offset: number;
}

export type Decode = (cursor: Cursor) => unknown;
export type Encode = (value: unknown, out: Uint8Array[]) => void;

/** Takes the next bytes. */
export function takeBytes(cursor: Cursor, length: number): Buffer {
  const end = cursor.offset + length;
  if (length < 0 || end > cursor.bytes.length) {
    throw new RangeError(`${length} bytes wanted at ${cursor.offset} of ${cursor.bytes.length}`);
  }
  const taken = cursor.bytes.subarray(cursor.offset, end);
  cursor.offset = end;
  return taken;
}

/** Reads a zig-zag variable-length integer. Inverse of `encodeLong`. */
export function takeLong(cursor: Cursor): bigint {
  const start = cursor.offset;
  const length = varintLength(cursor);
  let unsigned = 0n;
  for (let index = length - 1; index >= 0; index--) unsigned = (unsigned << 7n) | BigInt((cursor.bytes[start + index] ?? 0) & 127);
  return BigInt.asIntN(64, unsigned >> 1n) ^ -(unsigned & 1n);
}

/** Reads an integer that must be a length, a count or an int. */
export function takeInt(cursor: Cursor): number {
  const start = cursor.offset;
  const length = varintLength(cursor);
  let unsigned = 0;
  for (let index = length - 1; index >= 0; index--) unsigned = unsigned * 128 + ((cursor.bytes[start + index] ?? 0) & 127);
  if (!Number.isSafeInteger(unsigned)) throw new RangeError(`the integer at ${start} is out of range`);
  return unsigned % 2 === 0 ? unsigned / 2 : -(unsigned + 1) / 2;
}

function varintLength(cursor: Cursor): number {
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

/** Writes a zig-zag variable-length integer. Inverse of `takeLong`. */
export function encodeLong(value: bigint | number): Uint8Array {
  const signed = BigInt(value);
  let rest = BigInt.asUintN(64, (signed << 1n) ^ (signed >> 63n));
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** Compiles a schema into a reader: int as number, long as bigint, bytes and fixed as Buffer, records by field id, arrays, arrays of the logical type `map` as Map, null. */
export function compileDecoder(schema: AvroSchema, named = new Map<string, Decode>()): Decode {
  if (Array.isArray(schema)) {
    const branches = schema.map((branch) => compileDecoder(branch, named));
    return (cursor) => {
      const index = takeInt(cursor);
      const branch = branches[index];
      if (!branch) throw new RangeError(`union branch ${index} of ${branches.length} before ${cursor.offset}`);
      return branch(cursor);
    };
  }
  if (typeof schema === 'string') return primitiveDecoders[schema] ?? ((cursor) => resolveNamed(named, schema)(cursor));
  const { type } = schema;
  if (type === 'record') return recordDecoder(schema, named);
  if (type === 'array') {
    const entry = mapEntry(schema);
    if (!entry) return blocks(compileDecoder(schema.items ?? 'null', named));
    const [key, value] = entry.map((field) => compileDecoder(field.type, named)) as [Decode, Decode];
    const pairs = blocks((cursor) => [key(cursor), value(cursor)]);
    return (cursor) => new Map(pairs(cursor) as [unknown, unknown][]);
  }
  if (type === 'map') {
    const value = compileDecoder(schema.values ?? 'null', named);
    return blocks((cursor) => [takeBytes(cursor, takeInt(cursor)).toString('utf8'), value(cursor)]);
  }
  if (type === 'fixed') {
    const size = schema.size ?? 0;
    const decode: Decode = (cursor) => takeBytes(cursor, size);
    if (schema.name !== undefined) named.set(schema.name, decode);
    return decode;
  }
  return compileDecoder(type, named);
}

const primitiveDecoders: Record<string, Decode> = {
  null: () => null,
  boolean: (cursor) => takeBytes(cursor, 1)[0] === 1,
  int: takeInt,
  long: takeLong,
  float: (cursor) => takeBytes(cursor, 4).readFloatLE(),
  double: (cursor) => takeBytes(cursor, 8).readDoubleLE(),
  bytes: (cursor) => takeBytes(cursor, takeInt(cursor)),
  string: (cursor) => takeBytes(cursor, takeInt(cursor)).toString('utf8'),
};

function resolveNamed<T>(named: Map<string, T>, name: string): T {
  const found = named.get(name);
  if (found === undefined) throw new RangeError(`unknown Avro type ${name}`);
  return found;
}

function recordDecoder(schema: AvroComplex, named: Map<string, Decode>): Decode {
  const fields: { id: number; decode: Decode }[] = [];
  const decodeRecord: Decode = (cursor) => {
    const record: AvroRecord = {};
    for (const { id, decode } of fields) record[id] = decode(cursor);
    return record;
  };
  if (schema.name !== undefined) named.set(schema.name, decodeRecord);
  for (const field of schema.fields ?? []) fields.push({ id: field['field-id'] ?? -1, decode: compileDecoder(field.type, named) });
  return decodeRecord;
}

/** Key and value of an array that stands for a map with keys that are no text. */
function mapEntry(schema: AvroComplex): [AvroField, AvroField] | undefined {
  const fields = typeof schema.items === 'object' && !Array.isArray(schema.items) ? (schema.items.fields ?? []) : [];
  const [key, value] = fields;
  return schema['logicalType'] === 'map' && key && value && fields.length === 2 ? [key, value] : undefined;
}

function blocks(decode: Decode): Decode {
  return (cursor) => {
    const items: unknown[] = [];
    for (let count = takeInt(cursor); count !== 0; count = takeInt(cursor)) {
      if (count < 0) takeInt(cursor);
      for (let left = Math.abs(count); left > 0; left--) items.push(decode(cursor));
    }
    return items;
  };
}

/** Compiles a schema into a writer of the values that `compileDecoder` gives; unions are `null` or one other type. */
export function compileEncoder(schema: AvroSchema): Encode {
  if (Array.isArray(schema)) {
    const encode = compileEncoder(schema[1] ?? 'null');
    return (value, out) => {
      if (value === null || value === undefined) {
        out.push(encodeLong(0));
        return;
      }
      out.push(encodeLong(1));
      encode(value, out);
    };
  }
  if (typeof schema === 'string') return resolveNamed(primitiveEncoders, schema);
  if (schema.type === 'record') {
    const fields = (schema.fields ?? []).map((field) => ({ id: field['field-id'] ?? -1, encode: compileEncoder(field.type) }));
    return (value, out) => {
      for (const { id, encode } of fields) encode((value as AvroRecord)[id], out);
    };
  }
  if (schema.type === 'array') {
    const entry = mapEntry(schema);
    if (entry) return mapEncoder(compileEncoder(entry[0].type), compileEncoder(entry[1].type));
    const encode = compileEncoder(schema.items ?? 'null');
    return (value, out) => {
      const items = value as unknown[];
      if (items.length > 0) out.push(encodeLong(items.length));
      for (const item of items) encode(item, out);
      out.push(encodeLong(0));
    };
  }
  if (schema.type === 'fixed') return (value, out) => void out.push(value as Uint8Array);
  return compileEncoder(schema.type);
}

function mapEncoder(encodeKey: Encode, encodeValue: Encode): Encode {
  return (value, out) => {
    const entries = value as Map<unknown, unknown>;
    if (entries.size > 0) out.push(encodeLong(entries.size));
    for (const [key, item] of entries) {
      encodeKey(key, out);
      encodeValue(item, out);
    }
    out.push(encodeLong(0));
  };
}

const primitiveEncoders = new Map<string, Encode>([
  ['null', () => undefined],
  ['boolean', (value, out) => void out.push(Uint8Array.of(value ? 1 : 0))],
  ['int', (value, out) => void out.push(encodeLong(value as number))],
  ['long', (value, out) => void out.push(encodeLong(value as bigint | number))],
  ['float', (value, out) => void out.push(new Uint8Array(Float32Array.of(value as number).buffer))],
  ['double', (value, out) => void out.push(new Uint8Array(Float64Array.of(value as number).buffer))],
  ['bytes', (value, out) => void out.push(encodeLong((value as Uint8Array).length), value as Uint8Array)],
  [
    'string',
    (value, out) => {
      const bytes = Buffer.from(value as string, 'utf8');
      out.push(encodeLong(bytes.length), bytes);
    },
  ],
]);
