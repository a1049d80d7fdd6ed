export { acceptEvents, type Acceptance, type AcceptPorts, type DeadEvent, type QuarantinedEvent, type RawEvent } from './accept-events.ts';
export { compileSchema, maxDepth, maxViolations, SchemaError, type CheckValue, type Violation } from './compile-schema.ts';
export { compatibilityModes, type CompatibilityMode, type SchemaProblem } from './schema-rules.ts';
export { formatSchemaKey, openSchemaRepository, parseSchemaFile, parseSchemaKey, readSchemas, type EventSchema, type SchemaRepository, type SchemaSource } from './schema-repository.ts';
export { maxEventBytes, tooLarge, validateEvent, type Validation } from './validate-event.ts';
export { checkCompatibility, type Incompatibility } from './check-compatibility.ts';
export { checkSchemas, type SchemaReport } from './check-schemas.ts';
export { splitEvents, type FileEvent } from './split-events.ts';
export { avroSchemaOf, type AvroArray, type AvroField, type AvroRecord, type AvroType } from './avro-schema.ts';
