import { createNamedTypes, isUnion, openAvroFile, type AvroComplex, type AvroRecord, type AvroSchema, type NamedTypes } from '@data-master/avro';
import { LakeError, TerminalError } from '@data-master/ports';
import { floatText } from './parquet-values.ts';
import type { Cell, TableReader } from './table-reader.ts';

/** A field that holds one value, inside of records that may be missing. */
interface LeafField {
  steps: string[];
  text: (value: unknown) => Cell;
}

const maximumFields = 10_000;
const maximumDepth = 64;

/** The rows of an Avro container file; memory holds one block. */
export async function openAvro(pieces: AsyncIterable<Uint8Array>, name: string): Promise<TableReader> {
  const { schema, records } = await openAvroFile(pieces).catch((error: unknown) => { throw named(error, name); });
  const leaves = leavesOf(schema, [], name, createNamedTypes());
  if (typeof schema === 'string' || isUnion(schema) || schema.fields === undefined) throw new TerminalError(`${name} holds Avro values that are no records; expected records; write it with a record as its schema`);
  return {
    columns: leaves.map(({ steps }) => steps.join('.')),
    rows: async function* () {
      for (;;) {
        const next = await records.next().catch((error: unknown) => { throw named(error, name); });
        if (next.done) return;
        yield next.value.map((record) => leaves.map(({ steps, text }) => cellOf(record, steps, text)));
      }
    },
  };
}

/** A type that a name may stand for, and what names mean inside it. */
interface Declared {
  schema: AvroComplex;
  inside: NamedTypes<Declared>;
}

const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'];

function leavesOf(schema: AvroSchema, steps: string[], name: string, types: NamedTypes<Declared>): LeafField[] {
  if (isUnion(schema)) {
    const kinds = schema.filter((each) => each !== 'null');
    if (kinds.length === 1) return leavesOf(kinds[0]!, steps, name, types);
    const leaves = kinds.map((each) => leavesOf(each, steps, name, types));
    if (leaves.some((each) => each.length !== 1 || each[0]?.steps !== steps)) throw manyValues(steps, name);
    return [{ steps, text: plainCell }];
  }
  if (typeof schema !== 'string') {
    const declared = { schema, inside: types };
    declared.inside = types.declare(schema, declared);
    return leavesOfComplex(declared, steps, name);
  }
  const known = primitives.includes(schema) ? undefined : types.find(schema);
  return known ? leavesOfComplex(known, steps, name) : [{ steps, text: schema === 'float' ? floatCell : plainCell }];
}

function leavesOfComplex({ schema, inside }: Declared, steps: string[], name: string): LeafField[] {
  if (schema.fields) {
    const leaves = steps.length > maximumDepth ? [] : schema.fields.flatMap((field) => leavesOf(field.type, [...steps, field.name], name, inside));
    if (leaves.length > maximumFields || steps.length > maximumDepth) throw new TerminalError(`${name} has ${leaves.length} fields ${steps.length} deep; expected at most ${maximumFields}, ${maximumDepth} deep; write it with a smaller schema, and no record within itself`);
    return leaves;
  }
  if (schema.type === 'array' || schema.type === 'map') throw manyValues(steps, name);
  if (schema.type === 'enum' || schema.type === 'fixed') return [{ steps, text: plainCell }];
  return leavesOf(schema.type, steps, name, inside);
}

function cellOf(record: AvroRecord, steps: readonly string[], text: LeafField['text']): Cell {
  let value: unknown = record;
  for (const step of steps) {
    if (value == null) return null;
    value = (value as AvroRecord)[step];
  }
  return value == null ? null : text(value);
}

const plainCell = (value: unknown): Cell => (value instanceof Uint8Array ? value : String(value));
const floatCell = (value: unknown): Cell => floatText(value as number);

const manyValues = (steps: readonly string[], name: string): TerminalError =>
  new TerminalError(`field ${steps.join('.')} of ${name} has several values in a row, or records of several kinds; expected one value; write it as text or leave it out`);

/** The same error with the name of the file. */
function named(error: unknown, name: string): unknown {
  if (!(error instanceof LakeError)) return error;
  return new TerminalError(`${name}: ${error.message}`, { cause: error });
}
