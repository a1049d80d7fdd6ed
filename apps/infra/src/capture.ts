import type { LakeModel } from '@data-master/table-contracts';

/** The schema of the operational database. */
export const sourceSchema = 'dm_core';

/** A table mapping in the format of DMS, which the agent takes as well: the tables of the lake, as far as the source has them. */
export function tableMapping({ tables }: LakeModel): string {
  return JSON.stringify({
    rules: tables.map(({ name }, index) => ({
      'rule-type': 'selection', 'rule-id': String(index + 1), 'rule-name': name, 'rule-action': 'include', 'object-locator': { 'schema-name': sourceSchema, 'table-name': name },
    })),
  });
}

const threads = 8;
const records = 500;

/** Settings of a task in the format of DMS; the agent follows those that apply to it. A row that cannot be read or would be cut off stops the task, since what is skipped is lost. */
export const taskSettings = JSON.stringify({
  TargetMetadata: {
    SupportLobs: true, FullLobMode: false, LimitedSizeLobMode: true, LobMaxSize: 512,
    ParallelLoadThreads: threads, ParallelLoadBufferSize: records, ParallelApplyThreads: threads, ParallelApplyBufferSize: records, BatchApplyEnabled: true,
  },
  FullLoadSettings: { TargetTablePrepMode: 'DO_NOTHING', MaxFullLoadSubTasks: threads, TransactionConsistencyTimeout: 600, CommitRate: 10_000 },
  Logging: { EnableLogging: true, LogComponents: ['SOURCE_UNLOAD', 'SOURCE_CAPTURE', 'TARGET_LOAD', 'TARGET_APPLY', 'TASK_MANAGER'].map((Id) => ({ Id, Severity: 'LOGGER_SEVERITY_DEFAULT' })) },
  ChangeProcessingTuning: { BatchApplyTimeoutMin: 1, BatchApplyTimeoutMax: 5, CommitTimeout: 1, MemoryLimitTotal: 1024, MemoryKeepTime: 60 },
  ChangeProcessingDdlHandlingPolicy: { HandleSourceTableDropped: true, HandleSourceTableTruncated: true, HandleSourceTableAltered: true },
  ErrorBehavior: {
    DataErrorPolicy: 'STOP_TASK', DataTruncationErrorPolicy: 'STOP_TASK', TableErrorPolicy: 'STOP_TASK', FailOnNoTablesCaptured: true,
    RecoverableErrorCount: -1, RecoverableErrorInterval: 5, RecoverableErrorThrottling: true, RecoverableErrorThrottlingMax: 1800,
  },
});
