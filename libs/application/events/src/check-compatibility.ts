import { isDeepStrictEqual } from 'node:util';
import { childPointer, describeValue, isObject, resolveRef, type JsonSchema, type SchemaObject } from './json-schema.ts';
import type { CompatibilityMode } from './schema-rules.ts';

/** A rule of the reading schema that refuses, or may refuse, what the writing schema allows. */
export interface Incompatibility {
  /** `backward`: the newer schema reads events of the older one; `forward`: the older one reads events of the newer. */
  direction: 'backward' | 'forward';
  /** JSON pointer into the event; `*` stands for any item of an array. */
  path: string;
  rule: string;
  /** What the reading schema asks. */
  actual: string;
  /** What the events that it has to read may be. */
  expected: string;
}

/**
 * Compares two versions. No finding means that every event of the one is an event of the other, as the mode asks; where
 * that cannot be told, as between two patterns, there is a finding. The relation is transitive, so that a chain of
 * versions that are compatible one by one is compatible as a whole.
 */
export function checkCompatibility(older: SchemaObject, newer: SchemaObject, mode: CompatibilityMode): Incompatibility[] {
  return [
    ...(mode === 'forward' ? [] : compare(older, newer, 'backward')),
    ...(mode === 'backward' ? [] : compare(newer, older, 'forward')),
  ];
}

function compare(writerRoot: SchemaObject, readerRoot: SchemaObject, direction: Incompatibility['direction']): Incompatibility[] {
  const found: Incompatibility[] = [];
  /** Pairs under comparison: a schema that refers to itself ends here. */
  const open = new Map<SchemaObject, Set<SchemaObject>>();

  const visit = (writerSchema: JsonSchema, readerSchema: JsonSchema, path: string): void => {
    const [writer, reader] = [resolve(writerRoot, writerSchema), resolve(readerRoot, readerSchema)];
    if (reader === true || writer === false) return;
    const report: Report = (rule, actual, expected, at = path) => void found.push({ direction, path: at, rule, actual, expected });
    if (reader === false) return report('false', 'nothing is allowed', 'something is allowed');
    const written = writer === true ? {} : writer;
    const readers = open.get(written) ?? new Set();
    if (readers.has(reader)) return;
    open.set(written, readers.add(reader));

    const types = writtenTypes(written);
    compareTypes(types, reader, report);
    compareValues(written, reader, report);
    compareBounds(written, reader, types, report);
    compareObjects(written, reader, types, path, report);
    if (types.includes('array') && reader['items'] !== undefined && !Array.isArray(reader['items']) && !Array.isArray(written['items'])) {
      visit(asSchema(written['items']), asSchema(reader['items']), childPointer(path, '*'));
    }
    compareOpaque(written, reader, report);
    readers.delete(reader);
  };

  const compareObjects = (writer: SchemaObject, reader: SchemaObject, types: readonly string[], path: string, report: Report): void => {
    if (!types.includes('object')) return;
    const [written, read] = [fieldsOf(writer), fieldsOf(reader)];
    for (const name of listOf(reader['required'])) {
      if (!listOf(writer['required']).includes(name)) report('required', 'required', 'optional or unknown', childPointer(path, name));
    }
    const others = asSchema(reader['additionalProperties']);
    for (const [name, schema] of written) {
      const target = read.get(name) ?? others;
      if (target === false && schema !== false) report('additionalProperties', 'no such field', 'a known field', childPointer(path, name));
      else visit(schema, target, childPointer(path, name));
    }
    const unnamed = asSchema(writer['additionalProperties']);
    if (unnamed === false) return;
    for (const [name, schema] of read) if (!written.has(name)) visit(unnamed, schema, childPointer(path, name));
    visit(unnamed, others, childPointer(path, '*'));
  };

  const compareOpaque = (writer: SchemaObject, reader: SchemaObject, report: Report): void => {
    for (const keyword of opaque(reader)) {
      if (!sameRule(writer, reader, keyword)) report(keyword, 'a rule that cannot be compared', writer[keyword] === undefined ? 'no such rule' : 'the same rule');
    }
    if (writer['patternProperties'] !== undefined && reader['patternProperties'] === undefined) report('patternProperties', 'no such rule', 'fields by pattern');
  };

  /** Rules that hold references are the same only among the same definitions. */
  const sameRule = (writer: SchemaObject, reader: SchemaObject, keyword: string): boolean =>
    isDeepStrictEqual(writer[keyword], reader[keyword]) && (!JSON.stringify(reader[keyword]).includes('"$ref"') || isDeepStrictEqual(writerRoot, readerRoot));

  visit(writerRoot, readerRoot, '');
  return found;
}

type Report = (rule: string, actual: string, expected: string, path?: string) => void;

const allTypes = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];

/** Types that a schema lets through, as far as `type`, `const` and `enum` tell. */
function writtenTypes(schema: SchemaObject): string[] {
  const values = valuesOf(schema);
  const declared = schema['type'] === undefined ? allTypes : listOf(schema['type']);
  return values ? [...new Set(values.map(typeOf))].filter((type) => allows(declared, type)) : declared;
}

function compareTypes(types: readonly string[], reader: SchemaObject, report: Report): void {
  if (reader['type'] === undefined) return;
  const read = listOf(reader['type']);
  const refused = types.filter((type) => !allows(read, type));
  if (refused.length > 0) report('type', read.join(' or '), types.length === allTypes.length ? 'any type' : types.join(' or '));
}

const allows = (types: readonly string[], type: string): boolean => types.includes(type) || (type === 'integer' && types.includes('number'));

function compareValues(writer: SchemaObject, reader: SchemaObject, report: Report): void {
  const [written, read] = [valuesOf(writer), valuesOf(reader)];
  if (!read) return;
  const missing = written?.filter((value) => !read.some((other) => isDeepStrictEqual(value, other)));
  if (missing?.length === 0) return;
  report(reader['const'] === undefined ? 'enum' : 'const', `one of ${read.map(describeValue).join(', ')}`, missing ? `${missing.map(describeValue).join(', ')} too` : 'any value');
}

interface Bound { type: string; keyword: string; isLooser: (written: unknown, read: unknown) => boolean }

const below = (written: unknown, read: unknown): boolean => typeof written !== 'number' || written < (read as number);
const above = (written: unknown, read: unknown): boolean => typeof written !== 'number' || written > (read as number);
const differs = (written: unknown, read: unknown): boolean => !isDeepStrictEqual(written, read);

const boundRules: readonly Bound[] = [
  { type: 'string', keyword: 'minLength', isLooser: below }, { type: 'string', keyword: 'maxLength', isLooser: above },
  { type: 'array', keyword: 'minItems', isLooser: below }, { type: 'array', keyword: 'maxItems', isLooser: above },
  { type: 'object', keyword: 'minProperties', isLooser: below }, { type: 'object', keyword: 'maxProperties', isLooser: above },
  { type: 'number', keyword: 'multipleOf', isLooser: (written, read) => typeof written !== 'number' || !Number.isInteger(written / (read as number)) },
  { type: 'string', keyword: 'pattern', isLooser: differs }, { type: 'string', keyword: 'format', isLooser: differs },
  { type: 'number', keyword: 'format', isLooser: differs }, { type: 'array', keyword: 'uniqueItems', isLooser: (written, read) => read === true && written !== true },
];

function compareBounds(writer: SchemaObject, reader: SchemaObject, types: readonly string[], report: Report): void {
  const writes = (type: string): boolean => types.includes(type) || (type === 'number' && types.includes('integer'));
  for (const { type, keyword, isLooser } of boundRules) {
    if (reader[keyword] === undefined || !writes(type) || !isLooser(writer[keyword], reader[keyword])) continue;
    report(keyword, describeValue(reader[keyword]), writer[keyword] === undefined ? 'no such rule' : describeValue(writer[keyword]));
  }
  if (!writes('number')) return;
  for (const [keyword, exclusive, sign] of [['minimum', 'exclusiveMinimum', 1], ['maximum', 'exclusiveMaximum', -1]] as const) {
    const [written, read] = [strictest(writer, keyword, exclusive, sign), strictest(reader, keyword, exclusive, sign)];
    if (!read || (written && (sign * (written.value - read.value) || Number(written.isExclusive) - Number(read.isExclusive)) >= 0)) continue;
    report(read.isExclusive ? exclusive : keyword, String(read.value), written ? `${written.isExclusive ? 'exclusive ' : ''}${written.value}` : 'no such rule');
  }
}

/** The bound of one side; `sign` is 1 for the lower one and -1 for the upper one. */
function strictest(schema: SchemaObject, keyword: string, exclusive: string, sign: 1 | -1): { value: number; isExclusive: boolean } | undefined {
  const bounds = [{ value: schema[keyword], isExclusive: false }, { value: schema[exclusive], isExclusive: true }].filter((bound): bound is { value: number; isExclusive: boolean } => typeof bound.value === 'number');
  return bounds.sort((a, b) => sign * (b.value - a.value) || Number(b.isExclusive) - Number(a.isExclusive))[0];
}

const opaqueKeywords = ['allOf', 'anyOf', 'contains', 'dependencies', 'else', 'if', 'not', 'oneOf', 'patternProperties', 'propertyNames', 'then'];

/** Keywords of a schema that are compared as a whole. */
function opaque(schema: SchemaObject): string[] {
  const tuple = Array.isArray(schema['items']) ? ['items', 'additionalItems'] : [];
  return [...opaqueKeywords, ...tuple].filter((keyword) => schema[keyword] !== undefined);
}

/** Follows references to a schema that has none: beside `$ref` draft-07 looks at no other keyword. */
function resolve(root: SchemaObject, schema: JsonSchema): JsonSchema {
  let target = schema;
  while (isObject(target) && typeof target['$ref'] === 'string') target = resolveRef(root, target['$ref']) ?? true;
  return target;
}

const asSchema = (value: unknown): JsonSchema => (isObject(value) || typeof value === 'boolean' ? value : true);
const fieldsOf = (schema: SchemaObject): Map<string, JsonSchema> => new Map(Object.entries(isObject(schema['properties']) ? schema['properties'] : {}).map(([name, value]) => [name, asSchema(value)]));
const listOf = (value: unknown): string[] => (value === undefined ? [] : [value].flat().map(String));

function valuesOf(schema: SchemaObject): unknown[] | undefined {
  if (Object.hasOwn(schema, 'const')) return [schema['const']];
  return Array.isArray(schema['enum']) ? schema['enum'] : undefined;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
