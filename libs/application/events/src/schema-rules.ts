import { childPointer, describeValue, inPlace, isObject, resolveRef, subschemas, type SchemaObject } from './json-schema.ts';

/** The dialect that every schema names. */
export const dialect = 'http://json-schema.org/draft-07/schema#';

/** What a newer version owes to the one before it. */
export const compatibilityModes = ['backward', 'forward', 'full'] as const;
export type CompatibilityMode = (typeof compatibilityModes)[number];

/** How valid events reach raw: in Avro files of the batch writer, or as JSON. */
export const deliveries = ['avro', 'json'] as const;
export type EventDelivery = (typeof deliveries)[number];

/** What a schema says of the delivery of its events; Avro when nothing. */
export const deliveryOf = (schema: SchemaObject): EventDelivery => (schema['x-delivery'] === 'json' ? 'json' : 'avro');

export interface SchemaProblem {
  /** JSON pointer into the schema. */
  path: string;
  actual: string;
  expected: string;
  remedy: string;
}

export const isCompatibilityMode = (value: unknown): value is CompatibilityMode => compatibilityModes.some((mode) => mode === value);

/** What the repository asks of a schema beyond draft-07, all of it; empty when the schema keeps to it. */
export function findSchemaProblems(root: SchemaObject): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const report = (path: string, actual: unknown, expected: string, remedy: string): void => {
    problems.push({ path, actual: describeValue(actual), expected, remedy });
  };
  if (root['$schema'] !== dialect) report('/$schema', root['$schema'], describeValue(dialect), 'name the dialect');
  if (!isCompatibilityMode(root['x-compatibility'])) report('/x-compatibility', root['x-compatibility'], `one of ${compatibilityModes.join(', ')}`, 'declare what the version owes to the one before it');
  const delivery = root['x-delivery'];
  if (delivery !== undefined && !deliveries.some((each) => each === delivery)) report('/x-delivery', delivery, `one of ${deliveries.join(', ')}`, 'name one, or leave it out for avro');
  if (root['type'] !== 'object') report('/type', root['type'], '"object"', 'describe the whole event as an object');
  walk(root, '', (schema, pointer) => {
    if (describesObject(schema) && schema['additionalProperties'] !== false) {
      report(childPointer(pointer, 'additionalProperties'), schema['additionalProperties'], 'false', 'refuse unknown fields, and list the known ones under properties');
    }
    const ref = schema['$ref'];
    if (ref === undefined) return;
    if (typeof ref !== 'string' || !/^#(\/|$)/.test(ref)) report(childPointer(pointer, '$ref'), ref, 'a pointer into the same schema, as "#/definitions/id"', 'put what is referred to under definitions');
    else if (resolveRef(root, ref) === undefined) report(childPointer(pointer, '$ref'), ref, 'a pointer to a schema', 'define it or correct the pointer');
    else if (refersToItself(root, schema)) report(childPointer(pointer, '$ref'), ref, 'a reference that ends, not one that comes back to itself without a step into the event', 'break the circle, or put the reference under properties or items');
  });
  return problems;
}

/** Whether events of a schema can be nested without end: a reference leads to a schema that holds it. */
export function isRecursive(root: SchemaObject): boolean {
  const open = new Set<SchemaObject>();
  const done = new Set<SchemaObject>();
  const visit = (schema: SchemaObject): boolean => {
    if (open.has(schema)) return true;
    if (done.has(schema)) return false;
    open.add(schema);
    const target = typeof schema['$ref'] === 'string' ? resolveRef(root, schema['$ref']) : undefined;
    const found = (isObject(target) && visit(target)) || subschemas(schema, '').some((child) => visit(child.schema));
    open.delete(schema);
    done.add(schema);
    return found;
  };
  return visit(root);
}

/** Whether a schema comes back to itself while it looks at one value. */
function refersToItself(root: SchemaObject, start: SchemaObject): boolean {
  const seen = new Set<SchemaObject>();
  const waiting = successors(root, start);
  for (let schema = waiting.pop(); schema; schema = waiting.pop()) {
    if (schema === start) return true;
    if (seen.has(schema)) continue;
    seen.add(schema);
    waiting.push(...successors(root, schema));
  }
  return false;
}

function successors(root: SchemaObject, schema: SchemaObject): SchemaObject[] {
  const target = typeof schema['$ref'] === 'string' ? resolveRef(root, schema['$ref']) : undefined;
  if (target !== undefined) return isObject(target) ? [target] : [];
  return subschemas(schema, '').filter(({ keyword }) => inPlace.has(keyword)).map((child) => child.schema);
}

const describesObject = (schema: SchemaObject): boolean => schema['properties'] !== undefined || schema['type'] === 'object' || (Array.isArray(schema['type']) && schema['type'].includes('object'));

function walk(schema: SchemaObject, pointer: string, visit: (schema: SchemaObject, pointer: string) => void): void {
  visit(schema, pointer);
  for (const child of subschemas(schema, pointer)) walk(child.schema, child.pointer, visit);
}
