import type { LakeEnvironment } from '@data-master/lake-config';
import { stackOrder, type LakeNames, type StackKey } from './lake-names.ts';
import type { LakePlan } from './lake-plan.ts';

type Parts = Pick<LakePlan, 'environment'>;
type When = (environment: LakeEnvironment) => boolean;
type RoleKey = keyof LakeNames['roles'];
type FunctionKey = keyof LakeNames['functions'];
type RepositoryKey = keyof LakeNames['repositories'];

const always: When = () => true;
const hasDatabase: When = ({ database }) => database;
const hasStreaming: When = ({ streaming }) => streaming !== undefined;
const hasDms: When = ({ streaming }) => streaming?.capture === 'dms';
const hasBreweries: When = ({ schedules }) => schedules.breweries !== undefined;
const hasAgent: When = ({ streaming }) => streaming?.capture === 'agent';

const stacks: Partial<Record<StackKey, When>> = { database: hasDatabase, streaming: hasStreaming };
const roles: Partial<Record<RoleKey, When>> = { dmsVpc: hasDms, dmsLogs: hasDms, dmsSecret: hasDms, kinesis: hasDms, replication: hasAgent, firehose: hasStreaming, firehoseRouter: hasStreaming, breweryExtractor: hasBreweries };

/** The apps that are functions: what each is called, and when an environment has it. */
export const functionApps = {
  'processing-controller': { key: 'processingController', when: always },
  'bronze-ingestor-lite': { key: 'bronzeIngestorLite', when: always },
  'refinement-planner': { key: 'refinementPlanner', when: always },
  'event-validator': { key: 'eventValidator', when: always },
  'event-writer': { key: 'eventWriter', when: always },
  'firehose-router': { key: 'firehoseRouter', when: hasStreaming },
  'brewery-extractor-function': { key: 'breweryExtractor', when: hasBreweries },
} as const satisfies Record<string, { key: FunctionKey; when: When }>;
export type FunctionApp = keyof typeof functionApps;

/** The apps that are tasks: where the image of each is kept, the task that it is, the stack that runs it, and when an environment has it. */
export const workerApps = {
  'replication-task': { repository: 'replication', task: 'replication', stack: 'streaming', when: hasAgent },
  'bronze-worker': { repository: 'bronze', task: 'ingestion', stack: 'ingestion', when: always },
  'silver-worker': { repository: 'silver', task: 'processing', stack: 'processing', when: always },
  'gold-worker': { repository: 'gold', task: 'analytics', stack: 'analytics', when: always },
} as const satisfies Record<string, { repository: RepositoryKey; task: keyof LakeNames['tasks']; stack: StackKey; when: When }>;
export type WorkerApp = keyof typeof workerApps;

const keysOf = <Key extends string>(parts: Record<Key, unknown>): Key[] => Object.keys(parts) as Key[];

/** The stacks of an environment, in the order in which they build on each other. */
export const stacksOf = ({ environment }: Parts): StackKey[] => stackOrder.filter((key) => (stacks[key] ?? always)(environment));

/** The roles of an environment. */
export const rolesOf = ({ environment, names }: Parts & Pick<LakePlan, 'names'>): RoleKey[] => keysOf(names.roles).filter((key) => (roles[key] ?? always)(environment));

/** The apps of an environment that are functions. */
export const functionsOf = ({ environment }: Parts): FunctionApp[] => keysOf(functionApps).filter((app) => functionApps[app].when(environment));

/** The apps of an environment that are tasks. */
export const workersOf = ({ environment }: Parts): WorkerApp[] => keysOf(workerApps).filter((app) => workerApps[app].when(environment));
