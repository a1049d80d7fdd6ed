import { AvroFileError, AvroUnsupportedError, parseAvroFile, writeAvroRecords, type AvroComplex, type AvroField, type AvroForm, type AvroSchema } from '@data-master/avro';
import { CorruptFileError, UnsupportedFeatureError } from './errors.ts';

/** A record by field id: names differ between writers, ids do not. */
export type AvroRecord = Record<number, unknown>;

/** Fields by id, and arrays of the logical type `map` as Map; everything else as the plain type has it. */
const icebergForm: AvroForm = {
  keyOf: fieldId,
  reading: (schema) => {
    const entry = mapEntry(schema);
    return entry && ((value) => new Map((value as AvroRecord[]).map((item) => [item[entry.key], item[entry.value]])));
  },
  writing: (schema) => {
    const entry = mapEntry(schema);
    return entry && ((value) => (value instanceof Map ? Array.from(value as Map<unknown, unknown>, ([key, item]) => ({ [entry.key]: key, [entry.value]: item })) : value));
  },
};

function fieldId(field: AvroField): number {
  return typeof field['field-id'] === 'number' ? field['field-id'] : -1;
}

/** Ids of key and value of an array that stands for a map with keys that are no text. */
function mapEntry({ logicalType, items }: AvroComplex): { key: number; value: number } | undefined {
  const fields = typeof items === 'object' && 'fields' in items ? (items.fields ?? []) : [];
  const [key, value] = fields;
  return logicalType === 'map' && key && value && fields.length === 2 ? { key: fieldId(key), value: fieldId(value) } : undefined;
}

/** Content of an Avro object container file. */
export interface AvroFile {
  /** Header keys as text, `avro.schema` included. */
  header: ReadonlyMap<string, string>;
  records: AvroRecord[];
}

/** Writes an Avro object container file; `sync` is the 16-byte block marker. Inverse of `readAvroFile`. */
export function writeAvroFile(schema: AvroSchema, header: Readonly<Record<string, string>>, records: readonly AvroRecord[], sync: Uint8Array): Uint8Array {
  return Buffer.concat([...writeAvroRecords(schema, records, { header, sync, form: icebergForm })]);
}

/** Reads an Avro object container file whole; CorruptFileError when a byte is missing or wrong, never a part of the records. */
export function readAvroFile(bytes: Uint8Array, file: string): AvroFile {
  try {
    return parseAvroFile(bytes, icebergForm);
  } catch (cause) {
    if (cause instanceof AvroUnsupportedError) throw new UnsupportedFeatureError(file, cause.found, cause.expected);
    if (cause instanceof AvroFileError) throw new CorruptFileError(file, cause.found, cause.expected, { cause });
    throw cause;
  }
}
