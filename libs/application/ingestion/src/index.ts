export { ingestDispatched } from './ingest-dispatched.ts';
export { handBackRecord, ingestLeaseMs, ingestRawObject, type IngestCommand, type IngestOutcome, type IngestPorts } from './ingest-raw-object.ts';
export { liteRecordLimit, registerRawObject, type RegisterPorts, type Registration } from './register-raw-object.ts';
