import { InvalidArgumentError } from './errors.ts';
import { allFields, decimalOf, fixedLengthOf, isPrimitive, type Field, type IcebergSchema } from './types.ts';

/** Checks the columns of a new table: unique ids and names, and types that the SQL engine can write; else InvalidArgumentError. */
export function defineSchema(schema: IcebergSchema): IcebergSchema {
  if (schema.fields.length === 0) throw new InvalidArgumentError('schema: found no columns, expected at least one');
  const fields = allFields(schema.fields);
  const ids = new Set<number>();
  for (const field of fields) {
    if (!Number.isInteger(field.id) || field.id < 1 || ids.has(field.id)) {
      throw new InvalidArgumentError(`column "${field.name}": found id ${field.id}, expected a positive integer that no other column has`);
    }
    ids.add(field.id);
    checkWritable(field);
  }
  checkNames(schema.fields);
  return schema;
}

/** Names of virtual columns: a column of the table would hide them. */
const reservedNames = new Set(['rowid', 'filename', 'file_index', 'file_row_number', '__file', '__row', '__clause', '__local', '__scope', '__sequence']);

function checkNames(fields: readonly Field[]): void {
  const names = new Set<string>();
  for (const { name } of fields) {
    const folded = name.toLowerCase();
    if (name === '' || names.has(folded)) {
      throw new InvalidArgumentError(`column "${name}": expected a name that is not empty and unique regardless of case`);
    }
    if (reservedNames.has(folded)) {
      throw new InvalidArgumentError(`column "${name}": found a name that the SQL engine gives to rows of files, expected another`);
    }
    names.add(folded);
  }
}

/** Refuses a column that the SQL engine would write in another way than the specification says. */
export function checkWritable(field: Field): void {
  const { type, name } = field;
  if (typeof type !== 'string') return;
  if (!isPrimitive(type)) throw new InvalidArgumentError(`column "${name}": found type ${String(type)}, expected a type of format version 2`);
  if (fixedLengthOf(type) !== undefined) {
    throw new InvalidArgumentError(`column "${name}": found type ${type}, which can be read only: the SQL engine writes bytes of variable length, which other engines refuse to read as ${type}; use binary`);
  }
  const decimal = decimalOf(type);
  if (!decimal) return;
  const { precision, scale } = decimal;
  if (precision < 1 || precision > 38 || scale > precision) {
    throw new InvalidArgumentError(`column "${name}": found ${type}, expected a precision of 1 to 38 and a scale up to it`);
  }
}

/** The column of this name; InvalidArgumentError that lists the columns when there is none. */
export function fieldNamed(schema: IcebergSchema, name: string): Field {
  const field = schema.fields.find((candidate) => candidate.name === name);
  if (!field) {
    throw new InvalidArgumentError(`found no column "${name}", expected one of: ${schema.fields.map((candidate) => candidate.name).join(', ')}`);
  }
  return field;
}
