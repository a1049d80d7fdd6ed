export { AvroFileError, AvroUnsupportedError, AvroValueError } from './errors.ts';
export { plainForm } from './logical-types.ts';
export { parseAvroFile, readAvroRecords, type AvroFile } from './read-avro.ts';
export type { AvroComplex, AvroField, AvroForm, AvroRecord, AvroSchema } from './schema.ts';
export { writeAvroRecords, type AvroWriteOptions } from './write-avro.ts';
