export { describeChangeStream, describeChangeStreamReader, readAllRecords, readPartition, type ChangeStreamParts, type ChangeStreamReaderParts } from './change-stream-contract.ts';
export { describeControlStore, sampleControlRecord, type ControlStoreParts } from './control-store-contract.ts';
export { createCopiedLocalFiles } from './copied-local-files.ts';
export {
  createManualClock,
  createMemoryLogger,
  createMemorySecrets,
  createSequentialIds,
  type LogEntry,
  type ManualClock,
  type MemoryLogger,
} from './environment.ts';
export { describeOrderedQueue, describeOutbox, describeQueue, describeSchedules, type ClockedSetup } from './events-contract.ts';
export { describeLocalFiles, type LocalFilesParts } from './local-files-contract.ts';
export { createMemoryChangeStream, type MemoryChangeStream } from './memory-change-stream.ts';
export { createMemoryControlStore, createMemoryOutbox } from './memory-control-store.ts';
export { createMemoryNotifier, type MemoryNotifier } from './memory-notifier.ts';
export { createMemoryObjectStore } from './memory-object-store.ts';
export { createMemoryQueue, createMemorySchedules, type MemoryScheduleState } from './memory-queue.ts';
export { describeNotifier, type NotifierParts } from './notifier-contract.ts';
export { createMemoryJobRunner, createMemoryWorkflows, type MemoryJobRunner, type MemoryWorkflows } from './memory-runs.ts';
export { describeObjectStore } from './object-store-contract.ts';
export { collect, perTest, type Setup } from './per-test.ts';
export { describeQueryEngine } from './query-engine-contract.ts';
export { describeJobRunner, describeWorkflows, type WorkflowsParts } from './runs-contract.ts';
export { describeSecrets } from './secrets-contract.ts';
