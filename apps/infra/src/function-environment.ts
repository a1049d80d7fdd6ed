import { bronzeIngestorLiteConfig } from '@data-master/bronze-ingestor-lite/config';
import { bronzeWorkerConfig } from '@data-master/bronze-worker/config';
import { breweryExtractorFunctionConfig } from '@data-master/brewery-extractor-function/config';
import { eventValidatorConfig } from '@data-master/event-validator/config';
import { eventWriterConfig } from '@data-master/event-writer/config';
import { firehoseRouterConfig } from '@data-master/firehose-router/config';
import { goldWorkerConfig } from '@data-master/gold-worker/config';
import { listStates, machines } from '@data-master/orchestration';
import { processingControllerConfig } from '@data-master/processing-controller/config';
import { refinementPlannerConfig } from '@data-master/refinement-planner/config';
import { replicationTaskConfig } from '@data-master/replication-task/config';
import { silverWorkerConfig } from '@data-master/silver-worker/config';
import { tableMapping, taskSettings } from './capture.ts';
import { schemaFolder } from './lake-names.ts';
import { functionApps, workerApps, type FunctionApp, type WorkerApp } from './lake-parts.ts';
import type { LakePlan } from './lake-plan.ts';

const configs = {
  'processing-controller': processingControllerConfig,
  'bronze-ingestor-lite': bronzeIngestorLiteConfig,
  'refinement-planner': refinementPlannerConfig,
  'event-validator': eventValidatorConfig,
  'event-writer': eventWriterConfig,
  'firehose-router': firehoseRouterConfig,
  'brewery-extractor-function': breweryExtractorFunctionConfig,
  'replication-task': replicationTaskConfig,
  'bronze-worker': bronzeWorkerConfig,
  'silver-worker': silverWorkerConfig,
  'gold-worker': goldWorkerConfig,
} as const satisfies Record<LakeApp, unknown>;

/** An app that is deployed with an environment of its own. */
export type LakeApp = FunctionApp | WorkerApp;

/** What a machine tells a task as it starts it. */
const toldByMachine = ['DM_CONTROL_ID', 'DM_PLAN_KEY'] as const;
type LakeVariable = Exclude<{ [App in LakeApp]: keyof (typeof configs)[App]['shape'] }[LakeApp], (typeof toldByMachine)[number]>;

/** Share of a process's memory that DuckDB may take; the rest is for Node and what DuckDB does not count. */
const duckDbShare = 0.7;
/** Fargate grants 120 s after SIGTERM; the rest is for handing work back. */
const finishSeconds = 90;

/**
 * The environment of an app: the variables that its own configuration asks for, checked by it, so that a value that is
 * missing or does not fit is refused here rather than at a cold start.
 */
export function environmentOf(app: LakeApp, lake: LakePlan): Record<string, string> {
  const { names, arns } = lake;
  const values: Record<LakeVariable, string | undefined> = {
    DM_STAGE_BUCKET: names.buckets.stage,
    DM_DATALAKE_BUCKET: names.buckets.datalake,
    DM_CONTROL_TABLE: names.controlTable,
    DM_PII_KEY_SECRET: names.secrets.piiKey,
    DM_DATABASE_PREFIX: lake.prefix,
    DM_LOG_LEVEL: 'info',
    DM_ENGINE: lake.engine,
    DM_MAINTENANCE: JSON.stringify(lake.maintenance),
    DM_MEMORY_MB: String(Math.floor(memoryMbOf(app, lake) * duckDbShare)),
    DM_THREADS: String(threadsOf(app, lake)),
    DM_LEASE_MINUTES: String(leaseMinutes()),
    DM_FINISH_SECONDS: String(finishSeconds),
    DM_SCHEMA_PREFIX: schemaFolder,
    DM_VALID_QUEUE_URL: arns.queueUrl(names.queues.validEvents),
    DM_DEAD_QUEUE_URL: arns.queueUrl(names.deadLetters.rawEvents),
    DM_EVENT_STREAM: names.streams.events,
    DM_API: undefined,
    DM_CONTRACT_MODE: 'discard',
    DM_LOADED_AT: lake.environment.streaming?.loadedAt,
    DM_SOURCE_SECRET: names.secrets.database,
    DM_SOURCE_TLS: undefined,
    DM_CHANGE_STREAM: names.streams.kinesis,
    DM_TASK: 'core',
    DM_TABLE_MAPPING: tableMapping(lake.model),
    DM_TASK_SETTINGS: taskSettings,
    DM_LOAD: 'files',
    DM_TARGET_FORMAT: undefined,
    DM_TARGET_COMPRESSION: undefined,
  };
  const wanted = Object.keys(configs[app].shape).filter((name): name is LakeVariable => !(toldByMachine as readonly string[]).includes(name));
  const chosen = Object.fromEntries(wanted.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])));
  configs[app].partial().parse(chosen);
  return chosen;
}

/** The longest that a plan's claim has to hold: as long as the machines let its task run. */
export function leaseMinutes(): number {
  const tasks = listStates(machines['dm-processing-dispatcher'].definition).filter(({ state }) => state.Resource?.endsWith('.sync'));
  return Math.ceil(Math.max(...tasks.map(({ state }) => state.TimeoutSeconds ?? 0)) / 60) + 5;
}

/** Memory of the process that DuckDB is in; the planner plans for the worker of silver. */
function memoryMbOf(app: LakeApp, { environment: { sizes } }: LakePlan): number {
  if (app === 'refinement-planner') return sizes.silver.memoryMb;
  return sizes[app in functionApps ? functionApps[app as FunctionApp].key : workerApps[app as WorkerApp].repository].memoryMb;
}

const threadsOf = (app: LakeApp, { environment: { sizes } }: LakePlan): number => (app === 'gold-worker' ? sizes.gold : app === 'silver-worker' ? sizes.silver : sizes.bronze).cpu / 1024;
