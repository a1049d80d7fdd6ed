export { checkControlChanges } from './control-changes.ts';
export type { ControlChange, ControlQuery, ControlStore } from './control-store.ts';
export type { Clock, Ids, Logger, LogLevel, Secrets } from './environment.ts';
export { LakeError, ObjectExistsError, ObjectMissingError, TerminalError, TransientError } from './errors.ts';
export type { LakeEvent, Outbox, Queue, QueueMessage, Schedule, Schedules } from './events.ts';
export type { Notice, Notifier } from './notifier.ts';
export { checkObjectKey, isKeySegment, isObjectKey } from './object-key.ts';
export type { LocalFiles, ObjectBody, ObjectInfo, ObjectStore } from './object-store.ts';
export type { QueryEngine, SessionOptions, SqlRow, SqlValue } from './query-engine.ts';
