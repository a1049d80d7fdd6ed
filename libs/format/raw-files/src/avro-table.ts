import { isUnion, openAvroFile, type AvroComplex, type AvroRecord, type AvroSchema } from '@data-master/avro';
import { LakeError, TerminalError } from '@data-master/ports';
import { floatText } from './parquet-values.ts';
import type { Cell, TableReader } from './table-reader.ts';

/** A field that holds one value, inside of records that may be missing. */
interface LeafField {
  steps: string[];
  text: (value: unknown) => Cell;
}

const maximumFields = 10_000;

/** The rows of an Avro container file; memory holds one block. */
export async function openAvro(pieces: AsyncIterable<Uint8Array>, name: string): Promise<TableReader> {
  const { schema, records } = await openAvroFile(pieces).catch((error: unknown) => { throw named(error, name); });
  const leaves = leavesOf(schema, [], name);
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

function leavesOf(schema: AvroSchema, steps: string[], name: string): LeafField[] {
  if (typeof schema === 'string') return [{ steps, text: schema === 'float' ? floatCell : plainCell }];
  if (isUnion(schema)) {
    const kinds = schema.filter((each) => each !== 'null');
    if (kinds.length === 1) return leavesOf(kinds[0]!, steps, name);
    const leaves = kinds.map((each) => leavesOf(each, steps, name));
    if (leaves.some((each) => each.length !== 1 || each[0]?.steps !== steps)) throw manyValues(steps, name);
    return [{ steps, text: plainCell }];
  }
  return leavesOfComplex(schema, steps, name);
}

function leavesOfComplex(schema: AvroComplex, steps: string[], name: string): LeafField[] {
  if (schema.fields) {
    const leaves = schema.fields.flatMap((field) => leavesOf(field.type, [...steps, field.name], name));
    if (leaves.length > maximumFields || steps.length > 64) throw new TerminalError(`${name} has ${leaves.length} fields ${steps.length} deep; expected at most ${maximumFields}, 64 deep; write it with a smaller schema`);
    return leaves;
  }
  if (schema.type === 'array' || schema.type === 'map') throw manyValues(steps, name);
  if (schema.type === 'enum' || schema.type === 'fixed') return [{ steps, text: plainCell }];
  return leavesOf(schema.type, steps, name);
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
