import { z } from 'zod';
import { MappingError, parseJson } from './mapping-rules.ts';

/** What the settings of a DMS task mean for a replication. */
export interface TaskSettings {
  /** Connections that load at the same time. */
  parallelLoads: number;
  logLevel: 'debug' | 'info' | 'warn' | 'error';
  retry: {
    /** Undefined for no end. */
    maximumAttempts?: number;
    firstDelayMs: number;
    maximumDelayMs: number;
  };
  /** Changes wait at most so long for others to be written with them. */
  flushMs: number;
  /** Changes in memory before they are written. */
  bufferBytes: number;
  /** A task that finds no table ends with an error. */
  failWithoutTables: boolean;
  /** What a row that cannot be read does: `skip` logs it and goes on, `stop` ends the task. */
  dataError: 'skip' | 'stop';
  /** Settings that are known and change nothing here, as `Section.Setting`. */
  withoutEffect: string[];
}

/** The settings of a DMS task by section. */
const known: Record<string, string> = {
  TargetMetadata: 'TargetSchema SupportLobs FullLobMode LobChunkSize LimitedSizeLobMode LobMaxSize InlineLobMaxSize LoadMaxFileSize ParallelLoadThreads ParallelLoadBufferSize ParallelLoadQueuesPerThread ParallelApplyThreads ParallelApplyBufferSize ParallelApplyQueuesPerThread BatchApplyEnabled TaskRecoveryTableEnabled',
  FullLoadSettings: 'TargetTablePrepMode CreatePkAfterFullLoad StopTaskCachedChangesApplied StopTaskCachedChangesNotApplied MaxFullLoadSubTasks TransactionConsistencyTimeout CommitRate',
  Logging: 'EnableLogging EnableLogContext LogComponents LogConfiguration CloudWatchLogGroup CloudWatchLogStream DeleteTaskLogs',
  ControlTablesSettings: 'ControlSchema HistoryTimeslotInMinutes historyTimeslotInMinutes HistoryTableEnabled SuspendedTablesTableEnabled StatusTableEnabled FullLoadExceptionTableEnabled',
  StreamBufferSettings: 'StreamBufferCount StreamBufferSizeInMB CtrlStreamBufferSizeInMB',
  ChangeProcessingTuning: 'BatchApplyPreserveTransaction BatchApplyTimeoutMin BatchApplyTimeoutMax BatchApplyMemoryLimit BatchSplitSize MinTransactionSize CommitTimeout MemoryLimitTotal MemoryKeepTime StatementCacheSize RecoveryTimeout',
  ChangeProcessingDdlHandlingPolicy: 'HandleSourceTableDropped HandleSourceTableTruncated HandleSourceTableAltered',
  ErrorBehavior: 'DataErrorPolicy EventErrorPolicy DataTruncationErrorPolicy DataErrorEscalationPolicy DataErrorEscalationCount DataMaskingErrorPolicy TableErrorPolicy TableErrorEscalationPolicy TableErrorEscalationCount RecoverableErrorCount RecoverableErrorInterval RecoverableErrorThrottling RecoverableErrorThrottlingMax RecoverableErrorStopRetryAfterThrottlingMax ApplyErrorDeletePolicy ApplyErrorInsertPolicy ApplyErrorUpdatePolicy ApplyErrorEscalationPolicy ApplyErrorEscalationCount ApplyErrorFailOnTruncationDdl FullLoadIgnoreConflicts FailOnTransactionConsistencyBreached FailOnNoTablesCaptured',
  ValidationSettings: 'EnableValidation ValidationMode ThreadCount FailureMaxCount TableFailureMaxCount HandleCollationDiff ValidationOnly ValidationS3Time ValidationS3Mask RecordFailureDelayLimitInMinutes SkipLobColumns ValidationPartialLobSize ValidationQueryCdcDelaySeconds PartitionSize MaxKeyColumnSize RecordFailureDelayInMinutes RecordSuspendDelayInMinutes',
  TTSettings: 'EnableTT TTS3Settings TTRecordSettings',
  LoopbackPreventionSettings: 'EnableLoopbackPrevention SourceSchema TargetSchema',
  CharacterSetSettings: 'CharacterReplacements CharacterSetSupport',
  BeforeImageSettings: 'EnableBeforeImage FieldName ColumnFilter',
};
const scalars = ['PostProcessingRules', 'FailTaskWhenCleanTaskResourceFailed'];

const severities = { LOGGER_SEVERITY_ERROR: 'error', LOGGER_SEVERITY_WARNING: 'warn', LOGGER_SEVERITY_INFO: 'info', LOGGER_SEVERITY_DEFAULT: 'info', LOGGER_SEVERITY_DEBUG: 'debug', LOGGER_SEVERITY_DETAILED_DEBUG: 'debug' } as const;
const seconds = z.number().min(0);

/** The settings that are followed, by section. */
const followed = {
  FullLoadSettings: z.looseObject({ MaxFullLoadSubTasks: z.int().min(1).max(49) }).partial(),
  Logging: z.looseObject({ EnableLogging: z.boolean(), LogComponents: z.array(z.looseObject({ Id: z.string(), Severity: z.enum(severityNames()) })).nullable() }).partial(),
  ChangeProcessingTuning: z.looseObject({ CommitTimeout: seconds, MemoryLimitTotal: z.number().min(1) }).partial(),
  ErrorBehavior: z.looseObject({
    DataErrorPolicy: z.enum(['IGNORE_RECORD', 'LOG_ERROR', 'SUSPEND_TABLE', 'STOP_TASK']), RecoverableErrorCount: z.int().min(-1), RecoverableErrorInterval: seconds,
    RecoverableErrorThrottlingMax: seconds, FailOnNoTablesCaptured: z.boolean(),
  }).partial(),
  BeforeImageSettings: z.looseObject({ EnableBeforeImage: z.literal(false) }).partial(),
};
const document = z.looseObject({
  FullLoadSettings: followed.FullLoadSettings.nullish(), Logging: followed.Logging.nullish(), ChangeProcessingTuning: followed.ChangeProcessingTuning.nullish(),
  ErrorBehavior: followed.ErrorBehavior.nullish(), BeforeImageSettings: followed.BeforeImageSettings.nullish(),
});
const withEffect = new Set(Object.entries(followed).flatMap(([section, { shape }]) => Object.keys(shape).map((name) => `${section}.${name}`)));

function severityNames(): (keyof typeof severities)[] {
  return Object.keys(severities) as (keyof typeof severities)[];
}

/** Reads the settings of a DMS task; a section or setting that DMS does not have, or a value that cannot be followed, is a MappingError that names it. */
export function parseTaskSettings(json = '{}'): TaskSettings {
  const sections = z.record(z.string(), z.unknown()).safeParse(parseJson(json, 'task settings'));
  if (!sections.success) throw new MappingError('the task settings are no JSON object; expected {"FullLoadSettings": {…}, …}');
  const names = Object.entries(sections.data).flatMap(([section, settings]) => {
    if (scalars.includes(section)) return [section];
    const expected = known[section]?.split(' ');
    if (!expected) throw new MappingError(`the task settings have a section ${section}; expected ${Object.keys(known).join(', ')}; remove it`);
    const own = Object.keys((settings ?? {}));
    const unknown = own.find((name) => !expected.includes(name));
    if (unknown) throw new MappingError(`the task settings have ${section}.${unknown}; expected ${expected.join(', ')}; remove it`);
    return own.map((name) => `${section}.${name}`);
  });
  const result = document.safeParse(sections.data);
  if (!result.success) throw new MappingError(`the task settings cannot be followed: ${result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}; correct them`);
  const { FullLoadSettings: load, Logging: logging, ChangeProcessingTuning: tuning, ErrorBehavior: errors } = result.data;
  const level = logging?.LogComponents?.find(({ Id }) => Id === 'SOURCE_CAPTURE')?.Severity;
  const count = errors?.RecoverableErrorCount ?? -1;
  return {
    parallelLoads: load?.MaxFullLoadSubTasks ?? 8,
    logLevel: logging?.EnableLogging === false ? 'error' : level ? severities[level] : 'info',
    retry: {
      ...(count >= 0 && { maximumAttempts: count }),
      firstDelayMs: (errors?.RecoverableErrorInterval ?? 5) * 1000,
      maximumDelayMs: (errors?.RecoverableErrorThrottlingMax ?? 1800) * 1000,
    },
    flushMs: (tuning?.CommitTimeout ?? 1) * 1000,
    bufferBytes: Math.min(tuning?.MemoryLimitTotal ?? 1024, 4) * 2 ** 20,
    failWithoutTables: errors?.FailOnNoTablesCaptured ?? true,
    dataError: errors?.DataErrorPolicy === 'STOP_TASK' ? 'stop' : 'skip',
    withoutEffect: names.filter((name) => !withEffect.has(name)),
  };
}
