import { takeBytes, takeInt, takeLong, takeText, type ByteCursor } from './byte-cursor.ts';
import { createNamedTypes, isUnion, type AvroComplex, type AvroForm, type AvroRecord, type AvroSchema, type NamedTypes } from './schema.ts';

export type Decode = (cursor: ByteCursor) => unknown;

/** Items that a block may hold beyond one for each of its bytes: those that take no bytes, as null. */
const freeItems = 1_000_000;

/**
 * Compiles a schema into a reader: int as number, long as bigint, bytes and fixed as Buffer, enums as text, arrays, maps and
 * records as objects, null; then what the form makes of them. RangeError for bytes that make no sense.
 */
export function compileDecoder(schema: AvroSchema, form: AvroForm, named: NamedTypes<Decode> = createNamedTypes()): Decode {
  if (isUnion(schema)) return unionDecoder(schema.map((branch) => compileDecoder(branch, form, named)));
  if (typeof schema === 'string') return primitives[schema] ?? referenceDecoder(schema, named);
  const inner = named.declare(schema, (cursor) => whole(cursor));
  const decode = complexDecoder(schema, form, inner);
  const convert = form.reading(schema);
  const whole: Decode = convert ? (cursor) => convert(decode(cursor)) : decode;
  return whole;
}

const primitives: Record<string, Decode> = {
  null: () => null,
  boolean: (cursor) => takeBytes(cursor, 1)[0] === 1,
  int: takeInt,
  long: takeLong,
  float: (cursor) => takeBytes(cursor, 4).readFloatLE(),
  double: (cursor) => takeBytes(cursor, 8).readDoubleLE(),
  bytes: (cursor) => takeBytes(cursor, takeInt(cursor)),
  string: takeText,
};

function complexDecoder(schema: AvroComplex, form: AvroForm, named: NamedTypes<Decode>): Decode {
  switch (schema.type) {
    case 'record':
    case 'error': return recordDecoder(schema, form, named);
    case 'array': return arrayDecoder(compileDecoder(schema.items ?? 'null', form, named));
    case 'map': {
      const value = compileDecoder(schema.values ?? 'null', form, named);
      const entries = arrayDecoder((cursor) => [takeText(cursor), value(cursor)]);
      return (cursor) => Object.fromEntries(entries(cursor) as [string, unknown][]);
    }
    case 'fixed': {
      const { size = 0 } = schema;
      return (cursor) => takeBytes(cursor, size);
    }
    case 'enum': return enumDecoder(schema.symbols ?? []);
    default: return compileDecoder(schema.type, form, named);
  }
}

function referenceDecoder(name: string, named: NamedTypes<Decode>): Decode {
  const found = named.find(name);
  if (!found) throw new RangeError(`the schema has the type ${JSON.stringify(name)}, which it does not define`);
  return found;
}

function unionDecoder(branches: readonly Decode[]): Decode {
  return (cursor) => {
    const start = cursor.offset;
    const branch = branches[takeInt(cursor)];
    if (!branch) throw new RangeError(`no branch of a union of ${branches.length} at ${start}`);
    return branch(cursor);
  };
}

function enumDecoder(symbols: readonly string[]): Decode {
  return (cursor) => {
    const start = cursor.offset;
    const symbol = symbols[takeInt(cursor)];
    if (symbol === undefined) throw new RangeError(`no symbol of an enum of ${symbols.length} at ${start}`);
    return symbol;
  };
}

function recordDecoder({ fields = [] }: AvroComplex, form: AvroForm, named: NamedTypes<Decode>): Decode {
  const compiled = fields.map((field) => ({ key: form.keyOf(field), decode: compileDecoder(field.type, form, named) }));
  if (compiled.some(({ key }) => key === '__proto__')) throw new RangeError('the schema has a field __proto__, which no record of JavaScript holds');
  return (cursor) => {
    const record: AvroRecord = {};
    for (const { key, decode } of compiled) record[key] = decode(cursor);
    return record;
  };
}

function arrayDecoder(decode: Decode): Decode {
  return (cursor) => {
    const items: unknown[] = [];
    for (let count = takeInt(cursor); count !== 0; count = takeInt(cursor)) {
      if (count < 0) takeInt(cursor);
      if (items.length + Math.abs(count) > cursor.bytes.length + freeItems) throw new RangeError(`${Math.abs(count)} items in ${cursor.bytes.length} bytes at ${cursor.offset}`);
      for (let left = Math.abs(count); left > 0; left--) items.push(decode(cursor));
    }
    return items;
  };
}
