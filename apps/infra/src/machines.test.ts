import { describe, expect, test } from '@jest/globals';
import { listStates, machines, placeholdersOf, resolvePlaceholders, type MachineDefinition, type MachineName } from '@data-master/orchestration';
import { leaseMinutes } from './function-environment.ts';
import { configurations, listResources, planOf, synthesize } from './testing/plans.ts';

const resources = listResources(synthesize(planOf(configurations.full)));
const byName = (type: string, property: string, name: string) => resources.find(({ resource }) => resource.Type === type && resource.Properties[property] === name);

describe.each(Object.keys(machines) as MachineName[])('%s', (name) => {
  const machine = byName('AWS::StepFunctions::StateMachine', 'StateMachineName', name)!.resource.Properties;
  const definition = JSON.parse(machine['DefinitionString'] as string) as MachineDefinition;
  const substitutions = machine['DefinitionSubstitutions'] as Record<string, unknown>;

  test('is deployed as its file is, with a value for every placeholder', () => {
    expect(definition).toEqual(machines[name].definition);
    expect(Object.keys(substitutions).sort()).toEqual(placeholdersOf(definition));
    expect(JSON.stringify(resolvePlaceholders(definition, Object.fromEntries(Object.entries(substitutions).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]))))).not.toContain('${');
  });

  test('runs a task that exists, in a container of the name that it overrides', () => {
    const task = byName('AWS::ECS::TaskDefinition', 'Family', substitutions['TaskDefinitionArn'] as string)!;
    const overridden = listStates(definition).flatMap(({ state }) => [...JSON.stringify(state).matchAll(/"ContainerOverrides":\[\{"Name":"([^"]+)"/g)].map((match) => match[1]));
    expect([...new Set(overridden)]).toEqual((task.resource.Properties['ContainerDefinitions'] as { Name: string }[]).map(({ Name }) => Name));
  });

  test('calls functions that exist', () => {
    for (const arn of Object.entries(substitutions).filter(([key]) => key.endsWith('FunctionArn')).map(([, value]) => JSON.stringify(value))) {
      expect(byName('AWS::Lambda::Function', 'FunctionName', /function:([a-z-]+)/.exec(arn)![1]!)).toBeDefined();
    }
  });
});

test('a plan is leased for longer than its task may run', () => {
  expect(leaseMinutes() * 60).toBeGreaterThan(14_400);
});
