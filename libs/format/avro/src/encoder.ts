import type { ByteSink } from './byte-sink.ts';
import { AvroValueError } from './errors.ts';
import { createNamedTypes, isUnion, type AvroComplex, type AvroForm, type AvroRecord, type AvroSchema, type NamedTypes } from './schema.ts';

/** A compiled type: writes a value that it holds. */
interface Encoder {
  name: string;
  /** Whether a value is of this type, looked at from outside; its parts may yet be none. */
  holds(value: unknown): boolean;
  write(value: unknown, sink: ByteSink): void;
}

export type Encode = (value: unknown, sink: ByteSink) => void;

/** Compiles a schema into a writer of what `compileDecoder` gives; a whole number may stand for a long. AvroValueError for any other value. */
export function compileEncoder(schema: AvroSchema, form: AvroForm): Encode {
  const encoder = compile(schema, form, createNamedTypes());
  return (value, sink) => checked(encoder, value, sink);
}

function checked(encoder: Encoder, value: unknown, sink: ByteSink): void {
  if (!encoder.holds(value)) throw new AvroValueError('', kindOf(value), encoder.name);
  encoder.write(value, sink);
}

function compile(schema: AvroSchema, form: AvroForm, named: NamedTypes<Encoder>): Encoder {
  if (isUnion(schema)) return unionEncoder(schema.map((branch) => compile(branch, form, named)));
  if (typeof schema === 'string') return primitives[schema] ?? requireNamed(named, schema);
  const whole = { name: schema.name ?? '' } as Encoder;
  const encoder = complexEncoder(schema, form, named.declare(schema, whole));
  const convert = form.writing(schema);
  return Object.assign(whole, convert ? { holds: (value: unknown) => encoder.holds(convert(value)), write: (value: unknown, sink: ByteSink) => encoder.write(convert(value), sink) } : encoder);
}

const isInt = (value: unknown): boolean => typeof value === 'number' && (value | 0) === value;
const isLong = (value: unknown): boolean => Number.isSafeInteger(value) || (typeof value === 'bigint' && BigInt.asIntN(64, value) === value);
const isNumber = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint';

const trueByte = Uint8Array.of(1);
const falseByte = Uint8Array.of(0);

const primitives: Record<string, Encoder> = {
  null: { name: 'null', holds: (value) => value === null || value === undefined, write: () => undefined },
  boolean: { name: 'boolean', holds: (value) => typeof value === 'boolean', write: (value, sink) => sink.bytes(value ? trueByte : falseByte) },
  int: { name: 'int', holds: isInt, write: (value, sink) => sink.long(value as number) },
  long: { name: 'long', holds: isLong, write: (value, sink) => sink.long(value as number | bigint) },
  float: { name: 'float', holds: isNumber, write: (value, sink) => sink.float(Number(value)) },
  double: { name: 'double', holds: isNumber, write: (value, sink) => sink.double(Number(value)) },
  bytes: {
    name: 'bytes',
    holds: (value) => value instanceof Uint8Array,
    write: (value, sink) => {
      sink.long((value as Uint8Array).length);
      sink.bytes(value as Uint8Array);
    },
  },
  string: { name: 'string', holds: (value) => typeof value === 'string' && value.isWellFormed(), write: (value, sink) => sink.text(value as string) },
};

function requireNamed(named: NamedTypes<Encoder>, name: string): Encoder {
  const found = named.find(name);
  if (!found) throw new AvroValueError('', `of the type ${name}, which the schema does not define`, 'a type that is defined before it is used');
  return found;
}

function complexEncoder(schema: AvroComplex, form: AvroForm, named: NamedTypes<Encoder>): Encoder {
  switch (schema.type) {
    case 'record': return recordEncoder(schema, form, named);
    case 'array': return arrayEncoder(compile(schema.items ?? 'null', form, named));
    case 'map': return mapEncoder(compile(schema.values ?? 'null', form, named));
    case 'fixed': {
      const { size = 0 } = schema;
      return { name: `fixed of ${size} bytes`, holds: (value) => value instanceof Uint8Array && value.length === size, write: (value, sink) => sink.bytes(value as Uint8Array) };
    }
    case 'enum': {
      const indexes = new Map<unknown, number>((schema.symbols ?? []).map((symbol, index) => [symbol, index]));
      return { name: `enum of ${indexes.size} symbols`, holds: (value) => indexes.has(value), write: (value, sink) => sink.long(indexes.get(value) ?? 0) };
    }
    default: return compile(schema.type, form, named);
  }
}

function unionEncoder(branches: readonly Encoder[]): Encoder {
  const indexOf = (value: unknown): number => branches.findIndex((branch) => branch.holds(value));
  return {
    name: branches.map(({ name }) => name).join(' or '),
    holds: (value) => indexOf(value) >= 0,
    write: (value, sink) => {
      const index = indexOf(value);
      sink.long(index);
      branches[index]?.write(value, sink);
    },
  };
}

const isPlainObject = (value: unknown): value is AvroRecord => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array) && !(value instanceof Map);

function recordEncoder({ fields = [] }: AvroComplex, form: AvroForm, named: NamedTypes<Encoder>): Encoder {
  const compiled = fields.map((field) => ({ name: field.name, key: form.keyOf(field), encoder: compile(field.type, form, named) }));
  return {
    name: 'record',
    holds: isPlainObject,
    write: (value, sink) => {
      for (const { name, key, encoder } of compiled) {
        try {
          checked(encoder, (value as AvroRecord)[key], sink);
        } catch (error) {
          throw error instanceof AvroValueError ? within(name, error) : error;
        }
      }
    },
  };
}

const within = (step: string, { path, found, expected }: AvroValueError): AvroValueError => new AvroValueError(path === '' ? step : `${step}.${path}`, found, expected);

function arrayEncoder(encoder: Encoder): Encoder {
  return {
    name: 'array',
    holds: Array.isArray,
    write: (value, sink) => {
      const items = value as unknown[];
      if (items.length > 0) sink.long(items.length);
      for (const item of items) checked(encoder, item, sink);
      sink.long(0);
    },
  };
}

function mapEncoder(encoder: Encoder): Encoder {
  return {
    name: 'map',
    holds: isPlainObject,
    write: (value, sink) => {
      const entries = Object.entries(value as AvroRecord);
      if (entries.length > 0) sink.long(entries.length);
      for (const [key, item] of entries) {
        sink.text(key);
        checked(encoder, item, sink);
      }
      sink.long(0);
    },
  };
}

/** What a value is, without showing it. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === 'number' && Number.isInteger(value)) return 'an integer beyond its range';
  if (typeof value === 'bigint') return 'an integer beyond 64 bits';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
