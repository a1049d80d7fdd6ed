import { describe, expect, test } from '@jest/globals';
import { checkMachine } from './check-machine.ts';
import { machines } from './machines.ts';
import type { MachineDefinition } from './machine-definition.ts';
import { resolvePlaceholders } from './placeholders.ts';

const sound = machines['dm-ingestion-dispatcher'].definition;

/** The ingestion machine with fields of one state changed; undefined takes a field away. */
function changed(name: string, fields: Record<string, unknown>): MachineDefinition {
  const machine = structuredClone(sound);
  const inner = machine.States['IngestRecords']!.ItemProcessor!.States;
  const state = (machine.States[name] ?? inner[name])!;
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined) delete state[field];
    else state[field] = value;
  }
  return machine;
}

const retrier = { ErrorEquals: ['States.ALL'], IntervalSeconds: 2, BackoffRate: 2, MaxAttempts: 3 };

describe('a machine is refused', () => {
  test.each<[why: string, state: string, fields: Record<string, unknown>, problem: RegExp]>([
    ['whose task has no timeout', 'IngestSmall', { TimeoutSeconds: undefined }, /^IngestSmall: TimeoutSeconds is undefined; expected 1 to 14400$/],
    ['whose task may run for days', 'IngestSmall', { TimeoutSeconds: 100_000 }, /TimeoutSeconds is 100000/],
    ['whose task waits by a path', 'IngestSmall', { TimeoutSecondsPath: '$.patience' }, /field TimeoutSecondsPath is not understood/],
    ['whose task has a heartbeat, which one interpreter ignores', 'IngestLarge', { HeartbeatSeconds: 60 }, /field HeartbeatSeconds is not understood/],
    ['whose task is not retried', 'IngestSmall', { Retry: undefined }, /the last retrier is undefined/],
    ['whose task is retried in another way', 'IngestSmall', { Retry: [{ ...retrier, MaxAttempts: 5 }] }, /the last retrier is .*"MaxAttempts":5/],
    ['whose task retries something in a way of its own', 'IngestSmall', { Retry: [{ ...retrier, ErrorEquals: ['Throttled'], MaxAttempts: 9 }, retrier] }, /an earlier retrier retries/],
    ['whose task catches nothing', 'IngestSmall', { Catch: undefined }, /the last catcher is undefined/],
    ['whose task catches some errors only', 'IngestSmall', { Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'ReportFailed' }] }, /the last catcher is .*States.Timeout/],
    ['whose task names a function directly', 'IngestSmall', { Resource: 'arn:aws:lambda:eu-west-1:1:function:x' }, /Resource is arn:aws:lambda/],
    ['whose task awaits a token', 'IngestSmall', { Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' }, /expected a service integration/],
    ['that is written in JSONata', 'IngestSmall', { QueryLanguage: 'JSONata', Arguments: { x: '{% $states.input %}' } }, /Arguments is a JSONata|x is a JSONata/],
    ['that assigns variables', 'ReportIngested', { Assign: { x: 1 } }, /field Assign is not understood/],
    ['whose Map is distributed', 'IngestRecords', { ItemProcessor: { ...sound.States['IngestRecords']!.ItemProcessor!, ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } } }, /Mode of its processor is DISTRIBUTED/],
    ['whose Map reads objects', 'IngestRecords', { ItemReader: { Resource: 'arn:aws:states:::s3:listObjectsV2' } }, /field ItemReader is not understood/],
    ['whose Map has no bound', 'IngestRecords', { MaxConcurrency: 0 }, /MaxConcurrency is 0/],
    ['whose path may name many values', 'ChooseWorker', { InputPath: '$..control_id' }, /InputPath is \$\.\.control_id/],
    ['whose choice may find no way', 'ChooseWorker', { Default: undefined }, /has no Default/],
    ['that goes to a state that is not there', 'IngestSmall', { Next: 'Nowhere' }, /goes to Nowhere/],
    ['that goes on and ends', 'ReportIngested', { Next: 'ReportFailed' }, /has both or neither of Next and End/],
    ['that asks for the input of the execution, which differs inside a Map', 'IngestSmall', { Parameters: { 'x.$': '$$.Execution.Input' } }, /x\.\$ is \$\$\.Execution\.Input/],
    ['that asks for the item of a Map outside of its selector', 'IngestSmall', { Parameters: { 'x.$': '$$.Map.Item.Value' } }, /x\.\$ is \$\$\.Map\.Item\.Value/],
    ['that computes what the interpreters compute differently', 'IngestSmall', { Parameters: { 'x.$': 'States.JsonToString($.control_id)' } }, /States\.JsonToString is not computed alike/],
    ['that hides such a function in another', 'IngestSmall', { Parameters: { 'x.$': "States.Format('{}', States.JsonMerge($.a, $.b, false))" } }, /States\.JsonMerge is not computed alike/],
    ['whose function takes many values', 'IngestSmall', { Parameters: { 'x.$': "States.Array('a,$b', $.x[*].y)" } }, /\$\.x\[\*\]\.y in States\.Array/],
    ['whose Pass gives nothing', 'ReportIngested', { Result: false }, /Result is false/],
    ['that puts a result at the root by name', 'IngestSmall', { ResultPath: '$' }, /ResultPath is \$/],
    ['with a state of an unknown type', 'ReportIngested', { Type: 'Jump' }, /type Jump is unknown/],
  ])('%s', (_why, state, fields, problem) => {
    expect(checkMachine(changed(state, fields))).toEqual(expect.arrayContaining([expect.stringMatching(problem)]));
  });

  test('that may run for ever, or names a state twice', () => {
    const { TimeoutSeconds: _, ...endless } = sound;
    expect(checkMachine(endless)).toEqual(['the machine has TimeoutSeconds undefined; expected 1 to 86400']);
    const twice = changed('CheckOutcome', {});
    twice.States['ReportFailed'] = { Type: 'Succeed' };
    expect(checkMachine(twice)).toEqual(['ReportFailed: the name is used twice; expected one of its own, for tasks are bound by it']);
  });
});

describe('placeholders', () => {
  const machine: MachineDefinition = { StartAt: 'A', States: { A: { Type: 'Task', Resource: 'x', Parameters: { Name: '${Function}', Both: ['${Function} and ${Topic}'] }, End: true } } };

  test('take their values wherever they stand, whatever the values hold', () => {
    const values = { Function: 'f"\\$&', Topic: '${Function}' };
    expect(resolvePlaceholders(machine, values).States['A']!.Parameters).toEqual({ Name: 'f"\\$&', Both: ['f"\\$& and ${Function}'] });
    expect(machine.States['A']!.Parameters).toMatchObject({ Name: '${Function}' });
  });

  test.each<[string, Record<string, string>, string]>([
    ['without a value', { Function: 'f' }, 'placeholders Topic have no value; expected one for each of Function, Topic'],
    ['with an empty value', { Function: 'f', Topic: '' }, 'placeholders Topic have no value'],
    ['for a value that none asks for', { Function: 'f', Topic: 't', Cluster: 'c' }, 'values Cluster have no placeholder'],
  ])('are refused %s', (_name, values, message) => {
    expect(() => resolvePlaceholders(machine, values)).toThrow(message);
  });
});
