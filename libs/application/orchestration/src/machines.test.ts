import { describe, expect, test } from '@jest/globals';
import { checkMachine } from './check-machine.ts';
import { machines, type MachineName } from './machines.ts';
import { listStates } from './machine-definition.ts';
import { placeholdersOf, resolvePlaceholders } from './placeholders.ts';

const names = Object.keys(machines) as MachineName[];

describe.each(names)('%s', (name) => {
  const { definition, placeholders } = machines[name];
  const values = Object.fromEntries(placeholders.map((placeholder) => [placeholder, `value-of-${placeholder}`]));

  test('runs alike in both interpreters, its tasks bounded, retried and caught', () => {
    expect(checkMachine(definition)).toEqual([]);
    expect(listStates(definition).filter(({ state }) => state.Type === 'Task').length).toBeGreaterThan(2);
  });

  test('leaves to the shell the placeholders that are listed, and no others', () => {
    expect(placeholdersOf(definition)).toEqual([...placeholders].sort());
    expect(JSON.stringify(resolvePlaceholders(definition, values))).not.toContain('${');
  });
});

test('silver and gold are refined by the same machine but for the name of the layer', () => {
  const gold = JSON.stringify(machines['dm-analytics-dispatcher'].definition);
  expect(JSON.parse(gold.replaceAll('gold', 'silver'))).toEqual(machines['dm-processing-dispatcher'].definition);
});
