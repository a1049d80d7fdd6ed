export { handBackRecord, ingestLeaseMs, ingestRawObject, type IngestCommand, type IngestOutcome, type IngestPorts } from './ingest-raw-object.ts';
export { ingestRecord } from './ingest-record.ts';
export { liteRecordLimit, registerRawObject, type RegisterPorts, type Registration } from './register-raw-object.ts';
export { sweepRecords, type SweepCommand, type SweepPorts } from './sweep-records.ts';
