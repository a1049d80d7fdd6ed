export { checkSource, createReplication, isSourceUrl, sourceForms } from './change-sources.ts';
export { createFileTarget, type FileTargetOptions } from './file-target.ts';
export { columnTypes, guardContracts, readTask, selectLakeTables, type TaskDocuments } from './lake-contracts.ts';
export { logWrites } from './logged-target.ts';
export { createStreamTarget, type StreamTargetOptions } from './stream-target.ts';
export type { SourceFinding } from './source-finding.ts';
