import { IllegalSchemaChangeError } from './errors.ts';
import { childFields, type Field, type IcebergType } from './types.ts';

/** A column by field id, by name (top columns), or by the names on the way to it: `element`, `key` and `value` lead into lists and maps. */
export type ColumnReference = number | string | readonly string[];

/** One step of a schema evolution. */
export type SchemaChange =
  /** Adds a column at the end of the table, or of the struct `parent`; its rows are NULL so far. Ids are given by the table unless `id` is set. */
  | { change: 'add'; name: string; type: IcebergType; id?: number; parent?: ColumnReference; doc?: string; required?: boolean }
  | { change: 'rename'; column: ColumnReference; to: string }
  | { change: 'drop'; column: ColumnReference }
  /** int to long (which also has Spark read row by row, see the README), float to double, or a decimal to one with more digits and the same scale. */
  | { change: 'widen'; column: ColumnReference; type: IcebergType }
  | { change: 'makeOptional'; column: ColumnReference }
  | { change: 'makeRequired'; column: ColumnReference }
  | { change: 'document'; column: ColumnReference; doc: string | undefined }
  /** Puts the columns of the table, or of the struct `parent`, into this order; all of their names. */
  | { change: 'reorder'; names: readonly string[]; parent?: ColumnReference };

/** The field that a reference means, with the names on the way to it; IllegalSchemaChangeError when there is none. */
export function findField(fields: readonly Field[], reference: ColumnReference): { field: Field; path: string[] } {
  const found = typeof reference === 'number' ? findById(fields, reference, []) : findByPath(fields, typeof reference === 'string' ? [reference] : reference);
  if (found) return found;
  const wanted = typeof reference === 'number' ? `field ${reference}` : `column "${typeof reference === 'string' ? reference : reference.join('.')}"`;
  throw new IllegalSchemaChangeError(wanted, 'no such column', `one of: ${fields.map((field) => field.name).join(', ')}`);
}

function findById(fields: readonly Field[], id: number, path: readonly string[]): { field: Field; path: string[] } | undefined {
  for (const field of fields) {
    const own = [...path, field.name];
    if (field.id === id) return { field, path: own };
    const inner = findById(childFields(field.type), id, own);
    if (inner) return inner;
  }
  return undefined;
}

function findByPath(fields: readonly Field[], path: readonly string[]): { field: Field; path: string[] } | undefined {
  const [name, ...rest] = path;
  const field = fields.find((candidate) => candidate.name === name);
  if (!field || rest.length === 0) return field && { field, path: [...path] };
  const inner = findByPath(childFields(field.type), rest);
  return inner && { field: inner.field, path: [...path] };
}

/** The fields with the one of an id replaced by what `edit` makes of it: any number of fields, in its place. */
export function replaceField(fields: readonly Field[], id: number, edit: (field: Field) => readonly Field[]): Field[] {
  return fields.flatMap((field) => (field.id === id ? edit(field) : [{ ...field, type: replaceInside(field.type, id, edit) }]));
}

function replaceInside(type: IcebergType, id: number, edit: (field: Field) => readonly Field[]): IcebergType {
  if (typeof type === 'string') return type;
  if (type.type === 'struct') return { ...type, fields: replaceField(type.fields, id, edit) };
  const children = replaceField(childFields(type), id, edit);
  if (type.type === 'list') {
    const [element] = children;
    return element ? { ...type, element: element.type, 'element-required': element.required } : type;
  }
  const [key, value] = children;
  return key && value ? { ...type, key: key.type, value: value.type, 'value-required': value.required } : type;
}

/** A copy of a type whose nested fields get new ids. */
export function withFreshIds(type: IcebergType, nextId: () => number): IcebergType {
  if (typeof type === 'string') return type;
  if (type.type === 'struct') {
    const ids = type.fields.map(() => nextId());
    return { ...type, fields: type.fields.map((field, index) => ({ ...field, id: ids[index] ?? 0, type: withFreshIds(field.type, nextId) })) };
  }
  if (type.type === 'list') return { ...type, 'element-id': nextId(), element: withFreshIds(type.element, nextId) };
  return { ...type, 'key-id': nextId(), 'value-id': nextId(), key: withFreshIds(type.key, nextId), value: withFreshIds(type.value, nextId) };
}

/** How a type reads in a message. */
export function formatType(type: IcebergType): string {
  return typeof type === 'string' ? type : type.type;
}
