import { formatType, type SchemaChange } from './schema-changes.ts';
import { childFields, type Field, type IcebergSchema } from './types.ts';

/**
 * The changes that bring a schema to wanted fields, by field id: what lacks is added, what is not wanted is dropped, and
 * names, types, order and documentation follow. It judges nothing: `evolveSchema` refuses changes that are not legal.
 */
export function alignSchema(current: IcebergSchema, wanted: readonly Field[]): SchemaChange[] {
  return alignFields(current.fields, wanted, undefined);
}

function alignFields(current: readonly Field[], wanted: readonly Field[], parent: number | undefined): SchemaChange[] {
  const inside = parent === undefined ? {} : { parent };
  const known = new Map(current.map((field) => [field.id, field]));
  const wantedIds = new Set(wanted.map((field) => field.id));
  const dropped = current.filter((field) => !wantedIds.has(field.id));
  const added = wanted.filter((field) => !known.has(field.id));
  const changes: SchemaChange[] = [
    ...dropped.map((field): SchemaChange => ({ change: 'drop', column: field.id })),
    ...wanted.flatMap((field) => {
      const before = known.get(field.id);
      return before ? alignField(before, field, true) : [];
    }),
    ...added.map(
      ({ id, name, type, required, doc }): SchemaChange => ({
        change: 'add', id, name, type, ...inside, ...(required ? { required } : {}), ...(doc === undefined ? {} : { doc }),
      }),
    ),
  ];
  const order = [...current.filter((field) => wantedIds.has(field.id)), ...added].map((field) => field.id);
  if (order.some((id, index) => wanted[index]?.id !== id)) {
    changes.push({ change: 'reorder', names: wanted.map((field) => field.name), ...inside });
  }
  return changes;
}

function alignField(before: Field, after: Field, named: boolean): SchemaChange[] {
  const column = before.id;
  const changes: SchemaChange[] = [];
  if (named && before.name !== after.name) changes.push({ change: 'rename', column, to: after.name });
  if (before.required !== after.required) changes.push({ change: after.required ? 'makeRequired' : 'makeOptional', column });
  if (named && before.doc !== after.doc) changes.push({ change: 'document', column, doc: after.doc });
  const kind = formatType(before.type);
  if (typeof before.type === 'string' || kind !== formatType(after.type)) {
    if (kind.replaceAll(' ', '') !== formatType(after.type).replaceAll(' ', '')) changes.push({ change: 'widen', column, type: after.type });
    return changes;
  }
  if (kind === 'struct') return [...changes, ...alignFields(childFields(before.type), childFields(after.type), column)];
  const children = childFields(after.type);
  return [...changes, ...childFields(before.type).flatMap((child, index) => (children[index] ? alignPart(child, children[index]) : []))];
}

/** Parts of lists and maps have no names of their own; a part of another id is another column. */
function alignPart(before: Field, after: Field): SchemaChange[] {
  if (before.id !== after.id) return [{ change: 'drop', column: before.id }];
  return alignField(before, after, false);
}
