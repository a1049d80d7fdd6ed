export type { ChangeEvent, ControlEvent, StreamEvent } from './change-event.ts';
export { envelopeMetadataSchema, formatEnvelope, parseEnvelope, type EnvelopeMetadata, type ParsedEnvelope } from './envelope.ts';
export { changeOperations, type ChangeOperation } from './operations.ts';
export { comparablePosition, formatBinlogPosition, formatLogPosition, formatLsn, parseLogPosition, parseLsn } from './positions.ts';
export { formatRawRow, rawChangeColumns } from './raw-row.ts';
export { contractModes, routeChange, type ContractMode, type RoutedChange, type RouteOptions } from './route-change.ts';
