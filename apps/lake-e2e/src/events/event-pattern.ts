import { asList, isObject, toText, type Json, type JsonObject } from '../template/json.ts';

/** Content filters of EventBridge, each against one value of the event; undefined is a field that is not there. */
const filters: Record<string, (operand: Json, value: Json | undefined) => boolean> = {
  prefix: (operand, value) => typeof value === 'string' && value.startsWith(textOf(operand, 'prefix')),
  suffix: (operand, value) => typeof value === 'string' && value.endsWith(textOf(operand, 'suffix')),
  'equals-ignore-case': (operand, value) => typeof value === 'string' && value.toLowerCase() === textOf(operand, 'equals-ignore-case').toLowerCase(),
  exists: (operand, value) => (value !== undefined) === operand,
  'anything-but': (operand, value) => value !== undefined && !(isObject(operand) ? matchesFilter(operand, value) : asList(operand).includes(value)),
  numeric: (operand, value) => typeof value === 'number' && compareNumbers(asList(operand), value),
};

/**
 * Whether an event matches a pattern of an EventBridge rule or the filter of a Pipe: every field of the pattern must be
 * met by one of its alternatives. A filter that is not known is refused, as is a field that holds neither list nor object.
 */
export function matchesPattern(pattern: JsonObject, event: Json | undefined): boolean {
  return Object.entries(pattern).every(([field, expected]) => {
    if (field.startsWith('$')) throw new Error(`pattern uses ${field}; expected fields only`);
    const value = isObject(event) ? event[field] : undefined;
    if (isObject(expected)) return matchesPattern(expected, value);
    if (!Array.isArray(expected)) throw new Error(`pattern field ${field} holds ${JSON.stringify(expected)}; expected a list of alternatives or an object`);
    const values = Array.isArray(value) ? value : [value];
    return expected.some((alternative) => values.some((each) => (isObject(alternative) ? matchesFilter(alternative, each) : alternative === each)));
  });
}

function matchesFilter(filter: JsonObject, value: Json | undefined): boolean {
  const [name, ...others] = Object.keys(filter);
  const test = name === undefined || others.length > 0 ? undefined : filters[name];
  if (!test) throw new Error(`filter ${JSON.stringify(filter)} is not known; expected one of ${Object.keys(filters).join(', ')}`);
  return test(filter[name!]!, value);
}

function compareNumbers(conditions: readonly Json[], value: number): boolean {
  const operators: Record<string, (bound: number) => boolean> = {
    '=': (bound) => value === bound, '>': (bound) => value > bound, '>=': (bound) => value >= bound, '<': (bound) => value < bound, '<=': (bound) => value <= bound,
  };
  for (let index = 0; index < conditions.length; index += 2) {
    const test = operators[toText(conditions[index])];
    if (!test) throw new Error(`numeric filter uses ${JSON.stringify(conditions[index])}; expected one of ${Object.keys(operators).join(' ')}`);
    if (!test(Number(conditions[index + 1]))) return false;
  }
  return true;
}

function textOf(operand: Json, name: string): string {
  if (typeof operand === 'string') return operand;
  throw new Error(`filter ${name} compares with ${JSON.stringify(operand)}; expected a text`);
}
