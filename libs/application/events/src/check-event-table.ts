import { decimalOf, rawColumns, recordPath, type Column, type SourceTable } from '@data-master/table-contracts';
import { childPointer, declaredTypes, describeValue, isObject, resolveRef, type SchemaObject } from './json-schema.ts';
import type { SchemaProblem } from './schema-rules.ts';

/** A value of an event that is no object: where it lies, its schema, and whether every event has it. */
interface Leaf {
  steps: string[];
  schema: SchemaObject;
  always: boolean;
}

/**
 * Holds the table of an event to its schema: a column of a fitting type for every value, none for what no event has, and
 * none required that an event may lack. Then a valid event is a row. Problems name their place in the event.
 */
export function checkEventTable(schema: SchemaObject, table: SourceTable): SchemaProblem[] {
  const leaves = listLeaves(schema, schema, [], true, new Set());
  const placeOf = (steps: readonly string[]): string => childPointer('', ...steps);
  const columns = new Map(rawColumns(table).map((column) => [placeOf(recordPath(column)), column]));
  const places = new Set(leaves.map(({ steps }) => placeOf(steps)));
  const problems = leaves.flatMap((leaf): SchemaProblem[] => {
    const path = placeOf(leaf.steps);
    const column = columns.get(path);
    const fitting = fittingTypes(leaf.schema);
    const wanted = fitting.length > 0 ? `a column of the type ${fitting.join(' or ')}` : 'a value that one column holds: text, a number or a boolean';
    if (!column || fitting.length === 0) return [{ path, actual: `no column of ${table.name}`, expected: wanted, remedy: `add one to the table with path ${describeValue(leaf.steps.join('.'))}` }];
    if (!fits(column.type, leaf.schema, fitting)) return [{ path, actual: `column ${column.name} of the type ${column.type}`, expected: wanted, remedy: 'correct the table' }];
    return column.required && !leaf.always ? [{ path, actual: `column ${column.name}, which is required`, expected: 'an optional one, as events may lack the value', remedy: 'correct the table' }] : [];
  });
  const strays = [...columns].filter(([path]) => !places.has(path));
  return [...problems, ...strays.map(([path, { name }]) => ({ path, actual: `column ${name} of ${table.name}`, expected: 'a field of the event', remedy: 'remove the column or correct its path' }))];
}

function listLeaves(root: SchemaObject, value: unknown, steps: string[], always: boolean, open: ReadonlySet<SchemaObject>): Leaf[] {
  let schema = value;
  while (isObject(schema) && typeof schema['$ref'] === 'string') schema = resolveRef(root, schema['$ref']);
  if (!isObject(schema) || !isObject(schema['properties']) || open.has(schema)) return [{ steps, schema: isObject(schema) && !isObject(schema['properties']) ? schema : {}, always }];
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const within = new Set(open).add(schema);
  const mayBeNull = declaredTypes(schema).includes('null');
  return Object.entries(schema['properties']).flatMap(([name, inner]) => listLeaves(root, inner, [...steps, name], always && !mayBeNull && required.includes(name), within));
}

function fittingTypes(schema: SchemaObject): string[] {
  const types = declaredTypes(schema).filter((type) => type !== 'null');
  if (types.length !== 1) return [];
  switch (types[0]) {
    case 'string': return schema['format'] === 'date-time' ? ['timestamp', 'string'] : schema['format'] === 'date' ? ['date', 'string'] : ['string'];
    case 'integer': return isWithin(schema, 2 ** 31 - 1) ? ['long', 'int'] : ['long'];
    case 'number': return ['double'];
    case 'boolean': return ['boolean'];
    default: return [];
  }
}

/** Whether each value of the schema is one of the type; a decimal holds the numbers of a bounded grid that it has the digits for. */
function fits(type: Column['type'], schema: SchemaObject, fitting: readonly string[]): boolean {
  const decimal = decimalOf(type);
  if (!decimal) return fitting.includes(type);
  const step = schema['multipleOf'];
  const digits = typeof step === 'number' ? (/^\d+(?:\.(\d+))?$/.exec(String(step))?.[1]?.length ?? 0) : Infinity;
  return ['double', 'long'].includes(fitting[0] ?? '') && (fitting[0] === 'long' || digits <= decimal.scale) && isWithin(schema, 10 ** (decimal.precision - decimal.scale) - 10 ** -decimal.scale);
}

function isWithin({ minimum, maximum }: SchemaObject, limit: number): boolean {
  return typeof minimum === 'number' && typeof maximum === 'number' && minimum >= -limit && maximum <= limit;
}
