import type { AvroComplex, AvroField, AvroSchema } from '@data-master/avro';
import { TerminalError } from '@data-master/ports';
import { declaredTypes, describeValue, isObject, resolveRef, type SchemaObject } from './json-schema.ts';

/** The Avro schema of an event. */
export type EventAvroSchema = AvroComplex & { readonly type: 'record'; readonly fields: readonly AvroField[] };

const primitives: Record<string, string> = { string: 'string', integer: 'long', number: 'double', boolean: 'boolean', null: 'null' };

/**
 * The Avro record that holds the events of a schema that `compileSchema` takes: fields in their order, optional ones as
 * unions with null that default to null, so that an optional field more is no break for Avro either. Inner records are
 * named by their path, shared ones by their definition. TerminalError for what has no one Avro type, as alternatives.
 */
export function avroSchemaOf(schema: SchemaObject, recordName: string): EventAvroSchema {
  const named = new Map<SchemaObject, string>();
  const taken = new Set<string>();

  function recordOf(object: SchemaObject, wantedName: string): EventAvroSchema {
    let name = avroName(wantedName);
    for (let turn = 2; taken.has(name); turn++) name = `${wantedName}_${turn}`;
    taken.add(name);
    named.set(object, name);
    const required = Array.isArray(object['required']) ? object['required'] : [];
    const fields = Object.entries(isObject(object['properties']) ? object['properties'] : {}).map(([field, value]): AvroField => {
      const type = typeOf(value, `${name}_${avroName(field)}`);
      return { name: field, ...docOf(value), ...(required.includes(field) ? { type } : { type: orNull(type), default: null }) };
    });
    return { type: 'record', name, ...docOf(object), fields };
  }

  function typeOf(value: unknown, path: string): AvroSchema {
    const ref = isObject(value) && typeof value['$ref'] === 'string' ? value['$ref'] : undefined;
    const target = ref === undefined ? value : resolveRef(schema, ref);
    if (!isObject(target)) throw underivable(path, describeValue(target));
    if (target['$ref'] !== undefined) return typeOf(target, path);
    const known = named.get(target);
    const types = declaredTypes(target);
    const branches = types.map((type): AvroSchema => {
      if (type === 'object' && (target['type'] === undefined || target['patternProperties'] !== undefined)) throw underivable(path, 'an object without a list of its fields');
      if (type === 'object') return known ?? recordOf(target, ref === undefined || ref === '#' ? path : `${avroName(recordName)}_${ref.split('/').at(-1)}`);
      if (type === 'array') {
        if (!isObject(target['items'])) throw underivable(path, `an array with items ${describeValue(target['items'])}`);
        return { type: 'array', items: typeOf(target['items'], `${path}_item`) };
      }
      return primitives[type] ?? fail(path, type);
    });
    if (branches.length === 0) throw underivable(path, 'a value without a type');
    return branches.length === 1 ? branches[0]! : branches.includes('null') ? ['null', ...branches.filter((branch) => branch !== 'null')] : branches;
  }

  return recordOf(schema, recordName);
}

/** A union with null first, as its default asks. */
function orNull(type: AvroSchema): AvroSchema {
  if (type === 'null') return type;
  return ['null', ...[type].flat().filter((branch) => branch !== 'null')];
}

const docOf = (value: unknown): { doc?: string } => (isObject(value) && typeof value['description'] === 'string' ? { doc: value['description'] } : {});

function avroName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw new TerminalError(`name ${describeValue(name)} is none in Avro; expected letters, digits and _, no digit first; rename the field or deliver the event as JSON`);
}

const underivable = (path: string, actual: string): TerminalError => new TerminalError(`${path} is ${actual}, which has no one type in Avro; expected type, const or enum, and items for an array; declare it or deliver the event as JSON`);

function fail(path: string, type: string): never {
  throw underivable(path, `of type ${type}`);
}
