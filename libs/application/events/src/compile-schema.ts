import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import { TerminalError } from '@data-master/ports';
import { childPointer, describeValue, isObject, type SchemaObject } from './json-schema.ts';
import { findSchemaProblems, isRecursive, type SchemaProblem } from './schema-rules.ts';

/** One rule that an event breaks. */
export interface Violation {
  /** JSON pointer into the event, empty for the whole event. */
  path: string;
  /** Keyword of the schema, or `size`, `encoding`, `syntax`, `depth`, `event`, `version`, `violations`. */
  rule: string;
  actual: string;
  expected: string;
}

/** Gives every violated rule; empty when the value fits. */
export type CheckValue = (value: unknown) => Violation[];

/** A schema that cannot be used; `problems` has all that is known to be wrong. */
export class SchemaError extends TerminalError {
  override readonly name: string = 'SchemaError';
  readonly problems: readonly SchemaProblem[];
  constructor(problems: readonly SchemaProblem[], schemaName = 'schema') {
    super(`${schemaName}: ${problems.map(({ path, actual, expected, remedy }) => `${path || 'the schema'} is ${actual}; expected ${expected}; ${remedy}`).join('. ')}`);
    this.problems = problems;
  }
}

/** How deep an event may be nested where its schema sets no bound: it refers to itself, or compares whole items (`uniqueItems`). */
export const maxDepth = 64;

/** How many violations of one event are described; one more tells how many there are beyond. */
export const maxViolations = 1_000;

/**
 * Compiles a schema of draft-07, strictly: unknown keywords and formats, remote references and objects that take
 * unknown fields are SchemaErrors. Values are never changed: no defaults, no coercion.
 */
export function compileSchema(schema: unknown): CheckValue {
  if (!isObject(schema)) throw new SchemaError([{ path: '', actual: describeValue(schema), expected: 'a JSON object', remedy: 'write a schema of draft-07' }]);
  const problems = findSchemaProblems(schema);
  if (problems.length > 0) throw new SchemaError(problems);
  const fits = compile(schema);
  const isBounded = !isRecursive(schema) && !JSON.stringify(schema).includes('"uniqueItems"');
  return (value) => {
    if (!isBounded && isDeeperThan(value, maxDepth)) return [tooDeep];
    return fits(value) ? [] : toViolations(fits.errors ?? []);
  };
}

const tooDeep: Violation = { path: '', rule: 'depth', actual: `more than ${maxDepth} levels`, expected: `at most ${maxDepth} levels of nesting` };

function toViolations(errors: readonly ErrorObject[]): Violation[] {
  const described = errors.slice(0, maxViolations).map(toViolation);
  if (errors.length > maxViolations) described.push({ path: '', rule: 'violations', actual: `${errors.length} violations`, expected: `none; the first ${maxViolations} are described` });
  return described;
}

function compile(schema: SchemaObject) {
  const ajv = new Ajv({ strict: true, strictTypes: true, strictTuples: true, strictRequired: true, allowUnionTypes: true, allErrors: true, verbose: true, ownProperties: true, logger: false });
  addFormats.default(ajv);
  for (const keyword of ['x-compatibility', 'x-delivery']) ajv.addKeyword({ keyword, schemaType: 'string' });
  try {
    return ajv.compile<unknown>({ ...schema });
  } catch (cause) {
    throw new SchemaError([{ path: '', actual: `refused (${(cause as Error).message})`, expected: 'JSON Schema draft-07 in strict mode', remedy: 'correct the named keyword' }]);
  }
}

function toViolation({ instancePath, keyword, params, schema, data }: ErrorObject): Violation {
  const at = { path: instancePath, rule: keyword, actual: describeValue(data) };
  switch (keyword) {
    case 'additionalProperties': {
      const { additionalProperty: name } = params as { additionalProperty: string };
      return { ...at, path: childPointer(instancePath, name), actual: describeValue((data as SchemaObject)[name]), expected: 'no such field' };
    }
    case 'required': {
      const { missingProperty: name } = params as { missingProperty: string };
      return { ...at, path: childPointer(instancePath, name), actual: 'nothing', expected: 'a value' };
    }
    case 'type': return { ...at, expected: [schema].flat().join(' or ') };
    case 'const': return { ...at, expected: describeValue(schema) };
    case 'enum': return { ...at, expected: `one of ${(schema as unknown[]).map(describeValue).join(', ')}` };
    case 'minLength':
    case 'maxLength': return { ...at, actual: `${[...(data as string)].length} characters`, expected: `${bounds[keyword]} ${String(schema)} characters` };
    default: return { ...at, expected: `${bounds[keyword] ?? keyword} ${typeof schema === 'string' ? schema : describeValue(schema)}` };
  }
}

const bounds: Record<string, string> = {
  minLength: 'at least', maxLength: 'at most', minimum: 'at least', maximum: 'at most', exclusiveMinimum: 'more than', exclusiveMaximum: 'less than',
  minItems: 'at least', maxItems: 'at most', minProperties: 'at least', maxProperties: 'at most', multipleOf: 'a multiple of', pattern: 'text that matches', format: 'text of the format',
};

function isDeeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((each): unknown[] => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return false;
}
