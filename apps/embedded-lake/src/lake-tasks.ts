import { basename } from 'node:path';
import { ingestRecord, type IngestPorts } from '@data-master/ingestion';
import { machines, resolvePlaceholders, type MachineDefinition, type MachineName, type MachineSubstitutions } from '@data-master/orchestration';
import { TerminalError, type Logger } from '@data-master/ports';
import {
  answerPlanner, applyPlannedRun, plannerRequestSchema, type ApplyRunPorts, type Layer, type PlannerPorts, type PlannerRequest, type SettledRun,
} from '@data-master/refinement';
import type { SparkRun } from '@data-master/spark';
import { z } from 'zod';
import type { Limiter } from './limiter.ts';
import { bindTasks, type TaskHandler, type TaskHandlers } from './machine-runner.ts';
import type { LakeObserver } from './observer.ts';
import type { SparkEngine } from './spark-engine.ts';

export interface TaskPorts {
  ingest: IngestPorts;
  planner: PlannerPorts;
  /** With the engine of this process. */
  apply: ApplyRunPorts;
  spark: SparkEngine;
  /** What follows a run of Spark that ended well. */
  afterSpark: (run: { layer: Layer; table: string; runId: string }) => Promise<void>;
  logger: Logger;
  /** Who claims records in this process. */
  worker: string;
  /** How many raw objects, plans on DuckDB and runs of Spark are under work at once. */
  limits: { ingest: Limiter; apply: Limiter; spark: Limiter };
}

/** What this machine has no part of. */
const here = { ClusterArn: 'embedded', TaskSecurityGroupId: 'embedded', TaskSubnetIds: 'embedded' };
const sparkHere = { SparkEntryPointUri: 'main.py', SparkExecutionRoleArn: 'embedded', SparkJobsUri: 'jobs.json', SparkLogsUri: 'embedded', SparkSubmitParameters: 'embedded' };
const refinement = { ...here, ...sparkHere, AlertsTopicArn: 'dm-alerts', RefinementPlannerFunctionArn: 'dm-refinement-planner' };

const substitutions: { [Name in MachineName]: MachineSubstitutions<Name> } = {
  'dm-ingestion-dispatcher': { ...here, AlertsTopicArn: 'dm-alerts', BronzeIngestorLiteFunctionArn: 'dm-bronze-ingestor-lite', TaskDefinitionArn: 'dm-ingestion-task' },
  'dm-processing-dispatcher': { ...refinement, TaskDefinitionArn: 'dm-silver-task', SparkApplicationId: 'dm-processing-app' },
  'dm-analytics-dispatcher': { ...refinement, TaskDefinitionArn: 'dm-gold-task', SparkApplicationId: 'dm-analytics-app' },
};

/** The machine that brings work into each layer. */
export const machineOf: Record<'bronze' | Layer, MachineName> = { bronze: 'dm-ingestion-dispatcher', silver: 'dm-processing-dispatcher', gold: 'dm-analytics-dispatcher' };

/** A state machine with its tasks done by this process. */
export interface BoundMachine {
  machine: MachineName;
  definition: MachineDefinition;
  tasks: Record<string, TaskHandler>;
}

/** All state machines of the lake, bound; one with a task that nothing does is refused. */
export function bindMachines(ports: TaskPorts, observer: LakeObserver): Record<MachineName, BoundMachine> {
  const handlers = lakeTasks(ports, observer);
  const bind = (machine: MachineName): BoundMachine => {
    const definition = resolvePlaceholders(machines[machine].definition, substitutions[machine]);
    return { machine, definition, tasks: bindTasks(machine, definition, handlers) };
  };
  return Object.fromEntries((Object.keys(machines) as MachineName[]).map((machine) => [machine, bind(machine)])) as Record<MachineName, BoundMachine>;
}

const invocation = z.object({ Payload: z.unknown() });
const ingestPayload = z.object({ control_id: z.string() });
const environmentEntry = z.object({ Name: z.string(), Value: z.string() });
const taskRun = z.object({ Overrides: z.object({ ContainerOverrides: z.tuple([z.object({ Environment: z.array(environmentEntry) })]) }) });
const jobRun = z.object({ JobDriver: z.object({ SparkSubmit: z.object({ EntryPointArguments: z.array(z.string()) }) }) });
const notice = z.object({ Subject: z.string(), Message: z.looseObject({}) });

/** What each function, task, application and topic of the cloud is on this machine. */
function lakeTasks(ports: TaskPorts, observer: LakeObserver): TaskHandlers {
  const { planner, apply, logger, limits } = ports;
  const invoke = (answer: (payload: unknown) => Promise<unknown>): TaskHandler => async (request) => ({ Payload: await answer(invocation.parse(request).Payload) });
  const runTask = (variable: string, work: (value: string) => Promise<unknown>): TaskHandler => async (request) => {
    const [{ Environment: environment }] = taskRun.parse(request).Overrides.ContainerOverrides;
    await work(z.string({ error: `the task was given no ${variable}` }).parse(environment.find(({ Name }) => Name === variable)?.Value));
    return {};
  };
  const ingest = (controlId: string): Promise<void> => limits.ingest(() => ingestObserved(controlId, ports, observer));
  const runPlan = runTask('DM_PLAN_KEY', (planKey) => limits.apply(() => {
    observer.started(...stepOf(planKey));
    return applyPlannedRun({ planKey }, apply);
  }));
  const runJob: TaskHandler = async (request) => {
    const given = jobRun.parse(request).JobDriver.SparkSubmit.EntryPointArguments;
    const argument = (name: string): string => given[given.indexOf(name) + 1] ?? '';
    const plan = argument('--plan');
    const planKey = plan.slice(plan.lastIndexOf('/plans/') + 1);
    await limits.spark(() => {
      observer.started(...stepOf(planKey));
      return runSpark({ layer: argument('--layer'), table: argument('--table'), plan }, planKey, ports);
    });
    return {};
  };
  return {
    'lambda:invoke dm-bronze-ingestor-lite': invoke((payload) => ingest(ingestPayload.parse(payload).control_id)),
    'ecs:runTask.sync dm-ingestion-task': runTask('DM_CONTROL_ID', ingest),
    'lambda:invoke dm-refinement-planner': invoke((payload) => planObserved(plannerRequestSchema.parse(payload), planner, observer)),
    'ecs:runTask.sync dm-silver-task': runPlan,
    'ecs:runTask.sync dm-gold-task': runPlan,
    'emr-serverless:startJobRun.sync dm-processing-app': runJob,
    'emr-serverless:startJobRun.sync dm-analytics-app': runJob,
    'sns:publish dm-alerts': async (request) => {
      const { Subject: subject, Message: message } = notice.parse(request);
      logger.log('error', 'alert', { subject, ...message });
      return {};
    },
  };
}

/** A job that fails for its data is applied in parts: unlike a cluster's, runs of a driver that is up cost little. */
async function runSpark(job: SparkRun, planKey: string, { spark, apply, afterSpark }: TaskPorts): Promise<void> {
  try {
    await spark.run(job);
    const [layer, table] = stepOf(planKey);
    await afterSpark({ layer, table, runId: basename(planKey, '.json') });
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    await applyPlannedRun({ planKey }, { ...apply, engine: spark });
  }
}

async function ingestObserved(controlId: string, { ingest, worker }: TaskPorts, observer: LakeObserver): Promise<void> {
  const before = await ingest.control.get(controlId);
  if (!before) return;
  const { table_name: table } = before;
  observer.started('bronze', table, before.object_key);
  const command = { controlId, worker, onProgress: (readBytes: number, totalBytes: number): void => observer.progressed('bronze', table, readBytes, totalBytes) };
  const finished = async (outcome: string): Promise<void> => observer.finished('bronze', table, outcome, (await ingest.control.get(controlId)) ?? before);
  try {
    await finished(await ingestRecord(command, ingest));
  } catch (error) {
    await finished('failed');
    throw error;
  }
}

/** The planner's answer; a run that is settled has ended for those who watch, and its plan is gone. */
async function planObserved(request: PlannerRequest, planner: PlannerPorts, observer: LakeObserver): Promise<unknown> {
  const answer = await answerPlanner(request, planner);
  if (request.operation === 'settle') {
    const { outcome } = answer as SettledRun;
    observer.finished(...stepOf(request.plan_key), outcome === 'refined' ? outcome : 'failed');
    await planner.store.remove(request.plan_key);
  }
  return answer;
}

/** Layer and table of a plan's key. */
function stepOf(planKey: string): [Layer, string] {
  const [, layer, table] = planKey.split('/');
  return [layer as Layer, table!];
}
