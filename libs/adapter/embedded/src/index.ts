export { relayEvents, type Delivery } from './event-relay.ts';
export { clearScratch, createFileLocalFiles, type LocalFilesOptions } from './file-local-files.ts';
export { createFileObjectStore, type FileObjectStore, type FileStoreOptions } from './file-object-store.ts';
export { createFileSecrets } from './file-secrets.ts';
export { openLakeDatabase, type LakeDatabase, type LakeMeta } from './lake-database.ts';
export { createSqliteControlStore } from './sqlite-control-store.ts';
export { createSqliteOutbox } from './sqlite-outbox.ts';
export { createSqliteQueue } from './sqlite-queue.ts';
export { createSqliteSchedules } from './sqlite-schedules.ts';
