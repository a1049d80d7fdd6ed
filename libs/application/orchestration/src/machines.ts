import analyticsDispatcher from './dm-analytics-dispatcher.asl.json' with { type: 'json' };
import ingestionDispatcher from './dm-ingestion-dispatcher.asl.json' with { type: 'json' };
import processingDispatcher from './dm-processing-dispatcher.asl.json' with { type: 'json' };
import type { MachineDefinition } from './machine-definition.ts';

const taskPlaceholders = ['AlertsTopicArn', 'ClusterArn', 'TaskDefinitionArn', 'TaskSecurityGroupId', 'TaskSubnetIds'] as const;
const refinementPlaceholders = [
  ...taskPlaceholders, 'RefinementPlannerFunctionArn', 'SparkApplicationId', 'SparkEntryPointUri', 'SparkExecutionRoleArn', 'SparkJobsUri', 'SparkLogsUri', 'SparkSubmitParameters',
] as const;

/** The state machines of the lake: definition, file name beside this one, and what the definition leaves to the shell. */
export const machines = {
  'dm-ingestion-dispatcher': {
    definition: ingestionDispatcher as MachineDefinition,
    file: 'dm-ingestion-dispatcher.asl.json',
    placeholders: [...taskPlaceholders, 'BronzeIngestorLiteFunctionArn'],
  },
  'dm-processing-dispatcher': {
    definition: processingDispatcher as MachineDefinition,
    file: 'dm-processing-dispatcher.asl.json',
    placeholders: refinementPlaceholders,
  },
  'dm-analytics-dispatcher': {
    definition: analyticsDispatcher as MachineDefinition,
    file: 'dm-analytics-dispatcher.asl.json',
    placeholders: refinementPlaceholders,
  },
} as const;

export type MachineName = keyof typeof machines;

/** A value for each placeholder of a machine; `TaskSubnetIds` is a comma-separated list. */
export type MachineSubstitutions<Name extends MachineName> = Record<(typeof machines)[Name]['placeholders'][number], string>;
