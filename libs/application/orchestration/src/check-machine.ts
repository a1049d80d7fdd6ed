import { listStates, type MachineDefinition, type MachineState, type NamedState } from './machine-definition.ts';

const maxTaskSeconds = 4 * 60 * 60;
const maxMachineSeconds = 24 * 60 * 60;

/** Fields that both interpreters understand, by type of state; what is missing here one of them lacks or ignores. */
const common = ['Type', 'Comment', 'InputPath', 'OutputPath', 'Next', 'End'];
const results = ['ResultPath', 'ResultSelector', 'Retry', 'Catch'];
const fields: Record<string, string[]> = {
  Task: [...common, ...results, 'Resource', 'Parameters', 'TimeoutSeconds'],
  Map: [...common, ...results, 'ItemsPath', 'ItemSelector', 'ItemProcessor', 'MaxConcurrency'],
  Parallel: [...common, ...results, 'Parameters', 'Branches'],
  Pass: [...common, 'Result', 'ResultPath', 'Parameters'],
  Wait: [...common, 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
  Choice: ['Type', 'Comment', 'InputPath', 'OutputPath', 'Choices', 'Default'],
  Succeed: ['Type', 'Comment', 'InputPath', 'OutputPath'],
  Fail: ['Type', 'Comment', 'Error', 'Cause', 'ErrorPath', 'CausePath'],
};

/** Intrinsic functions that both compute alike; the others differ in backslashes, deep merges or what they change in place. */
const intrinsics = ['States.Array', 'States.ArrayContains', 'States.ArrayGetItem', 'States.ArrayLength', 'States.Format', 'States.MathAdd', 'States.StringSplit', 'States.UUID'];
const referencePath = /^\$(\.[A-Za-z_]\w*|\[\d+\])*$/;
const contextPaths = ['$$.Execution.Id', '$$.Execution.Name'];
const itemPaths = ['$$.Map.Item.Value', '$$.Map.Item.Index'];

/**
 * What a machine must not be to run alike in AWS Step Functions and in the embedded lake's interpreter, and what every task
 * of ours has: a bounded time, the one retry, a way on after failure. One line for each breach; none when it is sound.
 */
export function checkMachine(definition: MachineDefinition): string[] {
  const states = listStates(definition);
  const names = states.map(({ name }) => name);
  const seconds = definition.TimeoutSeconds;
  return [
    ...refuse(!(seconds && seconds <= maxMachineSeconds), `the machine has TimeoutSeconds ${seconds}; expected 1 to ${maxMachineSeconds}`),
    ...refuse('QueryLanguage' in definition, 'the machine names a QueryLanguage; expected JSONPath, the default'),
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name}: the name is used twice; expected one of its own, for tasks are bound by it`),
    ...states.flatMap(({ name, state, block }) => [
      ...checkFields(state), ...checkTransitions(state, block), ...checkPaths(state), ...checkTask(state), ...checkMap(state), ...checkPass(state),
    ].map((problem) => `${name}: ${problem}`)),
  ];
}

const refuse = (broken: boolean, problem: string): string[] => (broken ? [problem] : []);

function checkFields(state: MachineState): string[] {
  const known = fields[state.Type];
  if (!known) return [`type ${state.Type} is unknown; expected one of ${Object.keys(fields).join(', ')}`];
  return Object.keys(state).filter((field) => !known.includes(field)).map((field) => `field ${field} is not understood by both interpreters; expected some of ${known.join(', ')}`);
}

function checkTransitions(state: MachineState, block: NamedState['block']): string[] {
  const choices = (state['Choices'] ?? []) as { Next: string }[];
  const targets = [state.Next, state.Default, ...(state.Catch ?? []).map(({ Next }) => Next), ...choices.map(({ Next }) => Next)];
  return [
    ...targets.filter((target) => target !== undefined && !(target in block.States)).map((target) => `goes to ${target}, which is no state beside it; expected one of ${Object.keys(block.States).join(', ')}`),
    ...refuse(!['Choice', 'Succeed', 'Fail'].includes(state.Type) && (state.Next === undefined) === (state.End !== true), 'has both or neither of Next and End; expected one of them'),
    ...refuse(state.Type === 'Choice' && state.Default === undefined, 'has no Default; expected one, so that no input is without a way'),
  ];
}

/** Paths name one value: of the input, or of the few things of the context that both interpreters know. */
function checkPaths(state: MachineState): string[] {
  const allowed = (path: string, inItemSelector: boolean): boolean => referencePath.test(path) || contextPaths.includes(path) || (inItemSelector && itemPaths.includes(path));
  const check = (value: unknown, field: string, inItemSelector: boolean): string[] => {
    if (Array.isArray(value)) return value.flatMap((each) => check(each, field, inItemSelector));
    if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(([name, each]) => (name === 'ItemProcessor' || name === 'Branches' ? [] : check(each, name, inItemSelector || name === 'ItemSelector')));
    if (typeof value !== 'string') return [];
    if (/^\{%.*%\}$/s.test(value)) return [`${field} is a JSONata expression; expected a path`];
    if (field.endsWith('.$') && value.startsWith('States.')) return checkIntrinsic(value, (path) => allowed(path, inItemSelector));
    const isPath = field === 'Variable' || field.endsWith('Path') || field.endsWith('.$');
    return refuse(isPath && !allowed(value, inItemSelector), `${field} is ${value}; expected a path to one value, or one of ${contextPaths.join(', ')}`);
  };
  return [...check(state, '', false), ...refuse(state['ResultPath'] === '$', 'ResultPath is $; expected none, which means the same')];
}

function checkIntrinsic(call: string, isAllowed: (path: string) => boolean): string[] {
  const bare = call.replace(/'[^']*'/g, "''");
  return [
    ...[...bare.matchAll(/States\.\w+/g)].map(([name]) => name).filter((name) => !intrinsics.includes(name)).map((name) => `${name} is not computed alike by both interpreters; expected one of ${intrinsics.join(', ')}`),
    ...[...bare.matchAll(/\$[^,)\s]*/g)].map(([path]) => path).filter((path) => !isAllowed(path)).map((path) => `${path} in ${call}; expected a path to one value`),
    ...refuse(call.includes('\\'), `${call} has a backslash, which one of the interpreters drops`),
  ];
}

function checkTask(state: MachineState): string[] {
  if (state.Type !== 'Task') return [];
  const { TimeoutSeconds: seconds, Retry: retriers = [], Catch: catchers = [], Resource: resource = '' } = state;
  const [last] = retriers.slice(-1);
  const isOurs = last?.ErrorEquals.join() === 'States.ALL' && last.IntervalSeconds === 2 && last.BackoffRate === 2 && last.MaxAttempts === 3;
  const catchesAll = catchers.at(-1)?.ErrorEquals.join() === 'States.ALL';
  return [
    ...refuse(!(seconds && Number.isInteger(seconds) && seconds <= maxTaskSeconds), `TimeoutSeconds is ${seconds}; expected 1 to ${maxTaskSeconds}`),
    ...refuse(!isOurs, `the last retrier is ${JSON.stringify(last)}; expected States.ALL with IntervalSeconds 2, BackoffRate 2, MaxAttempts 3`),
    ...refuse(retriers.slice(0, -1).some(({ MaxAttempts }) => MaxAttempts !== 0), 'an earlier retrier retries; expected MaxAttempts 0, for what is never retried'),
    ...refuse(!catchesAll, `the last catcher is ${JSON.stringify(catchers.at(-1))}; expected one of States.ALL`),
    ...refuse(!/^arn:aws:states:::[a-z-]+:[A-Za-z]+(\.sync)?$/.test(resource), `Resource is ${resource}; expected a service integration, arn:aws:states:::<service>:<action>, answered or .sync`),
  ];
}

function checkMap(state: MachineState): string[] {
  if (state.Type !== 'Map') return [];
  const mode = state.ItemProcessor?.ProcessorConfig?.Mode;
  const concurrency = state['MaxConcurrency'];
  return [
    ...refuse(mode !== 'INLINE', `the Mode of its processor is ${mode}; expected INLINE`),
    ...refuse(!(typeof concurrency === 'number' && concurrency >= 1 && concurrency <= 40), `MaxConcurrency is ${JSON.stringify(concurrency)}; expected 1 to 40, more than which an inline Map does not do`),
  ];
}

function checkPass(state: MachineState): string[] {
  return refuse(state.Type === 'Pass' && 'Result' in state && !state['Result'], `Result is ${JSON.stringify(state['Result'])}, which one of the interpreters ignores; expected a text, a number but 0, true, a list or an object`);
}
