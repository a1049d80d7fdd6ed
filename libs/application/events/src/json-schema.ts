/** An object of JSON Schema draft-07. */
export type SchemaObject = Readonly<Record<string, unknown>>;

export type JsonSchema = boolean | SchemaObject;

export const isObject = (value: unknown): value is SchemaObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keywords whose value is one schema, a list of them, or schemas by name. */
const single = ['additionalItems', 'additionalProperties', 'contains', 'else', 'if', 'items', 'not', 'propertyNames', 'then'];
const lists = ['allOf', 'anyOf', 'items', 'oneOf'];
const named = ['definitions', 'dependencies', 'patternProperties', 'properties'];

/** Keywords whose schemas look at the same value as the schema that holds them. */
export const inPlace: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'dependencies', 'else', 'if', 'not', 'oneOf', 'then']);

export interface Subschema {
  schema: SchemaObject;
  /** JSON pointer into the document. */
  pointer: string;
  /** The keyword under which it lies. */
  keyword: string;
}

/** The schemas directly inside a schema. */
export function subschemas(schema: SchemaObject, pointer: string): Subschema[] {
  const found: Subschema[] = [];
  const take = (value: unknown, keyword: string, ...steps: string[]): void => {
    if (isObject(value)) found.push({ schema: value, pointer: childPointer(pointer, keyword, ...steps), keyword });
  };
  for (const keyword of single) take(schema[keyword], keyword);
  for (const keyword of lists) if (Array.isArray(schema[keyword])) for (const [index, value] of schema[keyword].entries()) take(value, keyword, String(index));
  for (const keyword of named) if (isObject(schema[keyword])) for (const [name, value] of Object.entries(schema[keyword])) take(value, keyword, name);
  return found;
}

/** A JSON pointer that goes on by the steps, escaped by RFC 6901. */
export const childPointer = (pointer: string, ...steps: string[]): string => [pointer, ...steps.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');

/** What a local `$ref`, `#` or `#/…`, points at; undefined when there is no schema. */
export function resolveRef(root: SchemaObject, ref: string): JsonSchema | undefined {
  let value: unknown = root;
  for (const step of pointerSteps(ref)) {
    if (!isObject(value) && !Array.isArray(value)) return undefined;
    value = Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined;
  }
  return isObject(value) || typeof value === 'boolean' ? value : undefined;
}

function pointerSteps(ref: string): string[] {
  const steps = ref.slice(1).split('/').slice(1);
  return steps.map((step) => safeDecode(step).replaceAll('~1', '/').replaceAll('~0', '~'));
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The types that a schema names or, without that, those of the values that it lists; a number is any, an integer too. */
export function declaredTypes(schema: SchemaObject): string[] {
  if (schema['type'] !== undefined) {
    const types = [schema['type']].flat().map(String);
    return types.includes('number') ? types.filter((type) => type !== 'integer') : types;
  }
  const values = Object.hasOwn(schema, 'const') ? [schema['const']] : Array.isArray(schema['enum']) ? (schema['enum'] as unknown[]) : [];
  return [...new Set(values.map((value) => (value === null ? 'null' : typeof value)))];
}

/** A value in a sentence: a scalar as JSON, cut when long; of anything else its kind and size. */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) return `array of ${value.length} items`;
  if (isObject(value)) return `object with ${Object.keys(value).length} fields`;
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 99)}… (${text.length} characters)` : text;
}
