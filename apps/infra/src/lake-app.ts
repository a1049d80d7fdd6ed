import { App, DefaultStackSynthesizer } from 'aws-cdk-lib';
import { lakeFlags } from '@data-master/constructs';
import type { StackKey } from './lake-names.ts';
import { stacksOf } from './lake-parts.ts';
import type { LakePlan } from './lake-plan.ts';
import { AnalyticsStack } from './stacks/dm-analytics.ts';
import { CatalogStack } from './stacks/dm-catalog.ts';
import { ConsumptionStack } from './stacks/dm-consumption.ts';
import { ControlStack } from './stacks/dm-control.ts';
import { DatabaseStack } from './stacks/dm-database.ts';
import { EventsStack } from './stacks/dm-events.ts';
import { FunctionsStack } from './stacks/dm-functions.ts';
import { GovernanceStack } from './stacks/dm-governance.ts';
import { IngestionStack } from './stacks/dm-ingestion.ts';
import { NetworkStack } from './stacks/dm-network.ts';
import { ProcessingStack } from './stacks/dm-processing.ts';
import { RepositoriesStack } from './stacks/dm-repositories.ts';
import { RolesStack } from './stacks/dm-roles.ts';
import { SecurityStack } from './stacks/dm-security.ts';
import { StorageStack } from './stacks/dm-storage.ts';
import { StreamingStack } from './stacks/dm-streaming.ts';

/** The app of CDK: every stack of the lake, each after what it needs. */
export function createLakeApp(lake: LakePlan, { outdir, context = {} }: { outdir?: string; context?: Record<string, unknown> } = {}): App {
  const app = new App({ ...(outdir !== undefined && { outdir }), analyticsReporting: false, builtinCloudFormationValidation: false, context: { ...lakeFlags, ...context }, defaultStackSynthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) });
  const has = (key: StackKey): boolean => stacksOf(lake).includes(key);
  const network = new NetworkStack(app, lake);
  const security = new SecurityStack(app, lake, network);
  const roles = new RolesStack(app, lake, security);
  const storage = new StorageStack(app, lake, network, security);
  const repositories = new RepositoriesStack(app, lake);
  const database = has('database') ? [new DatabaseStack(app, lake, network, security)] : [];
  const catalog = new CatalogStack(app, lake);
  const governance = new GovernanceStack(app, lake);
  const consumption = new ConsumptionStack(app, lake, security);
  const control = new ControlStack(app, lake, security);
  const functions = new FunctionsStack(app, lake, security);
  const streaming = has('streaming') ? [new StreamingStack(app, lake, network, security)] : [];
  const events = new EventsStack(app, lake, security);
  const ingestion = new IngestionStack(app, lake, network, security, control);
  const processing = new ProcessingStack(app, lake, network, security);
  const analytics = new AnalyticsStack(app, lake, network, security);
  for (const [stack, needed] of [
    [catalog, [storage]],
    [governance, [roles, storage, catalog]],
    [consumption, [storage]],
    [functions, [roles, storage, control]],
    ...streaming.map((stack) => [stack, [roles, storage, repositories, ...database, functions]] as const),
    [events, [roles, storage, control]],
    [ingestion, [roles, repositories, functions]],
    [processing, [roles, storage, repositories, functions]],
    [analytics, [roles, storage, repositories, functions, processing]],
  ] as const) for (const each of needed) stack.addStackDependency(each);
  return app;
}
