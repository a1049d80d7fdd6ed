export { AvroFileError, AvroUnsupportedError, AvroValueError } from './errors.ts';
export { plainForm } from './logical-types.ts';
export { openAvroFile, parseAvroFile, readAvroRecords, type AvroFile, type OpenAvroFile } from './read-avro.ts';
export { createNamedTypes, isUnion, type AvroComplex, type AvroField, type AvroForm, type AvroRecord, type AvroSchema, type NamedTypes } from './schema.ts';
export { writeAvroRecords, type AvroWriteOptions } from './write-avro.ts';
