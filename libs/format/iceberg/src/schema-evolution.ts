import { IllegalSchemaChangeError, InvalidArgumentError } from './errors.ts';
import type { MetadataChange } from './metadata-changes.ts';
import { currentSchema, type StoredSchema, type TableMetadata } from './metadata.ts';
import { findField, formatType, replaceField, withFreshIds, type SchemaChange } from './schema-changes.ts';
import { defineSchema } from './schema.ts';
import { allFields, childFields, decimalOf, type Field, type IcebergType } from './types.ts';

/** Metadata with an evolved schema as the current one; undefined when the changes leave it as it is. */
export function evolveMetadata(metadata: TableMetadata, changes: readonly SchemaChange[]): MetadataChange | undefined {
  const current = currentSchema(metadata);
  const evolution: Evolution = { metadata, fields: current.fields, lastId: metadata['last-column-id'] };
  for (const change of changes) applyChange(evolution, change);
  const { fields } = evolution;
  checkEvolved(current.fields, fields);
  if (sameFields(fields, current.fields)) return undefined;
  const known = metadata.schemas.find((schema) => sameFields(schema.fields, fields) && sameIdentifiers(schema, current));
  const id = known?.['schema-id'] ?? Math.max(...metadata.schemas.map((schema) => schema['schema-id'])) + 1;
  const schema: StoredSchema = known ?? { ...current, 'schema-id': id, fields };
  return {
    metadata: {
      ...metadata,
      properties: metadata.snapshots.length > 0 && hasWidenedInt(current.fields, fields) ? { [rowReading]: 'false', ...metadata.properties } : metadata.properties,
      schemas: known ? metadata.schemas : [...metadata.schemas, schema],
      'current-schema-id': id,
      'last-column-id': evolution.lastId,
    },
    isIn: (found) => sameFields(currentSchema(found).fields, fields),
  };
}

/** Says that Spark is to read row by row. */
const rowReading = 'read.parquet.vectorization.enabled';

/** Spark's column-wise reader fails on ints that were widened, as their files declare 32 bits (apache/iceberg#16341). */
function hasWidenedInt(before: readonly Field[], after: readonly Field[]): boolean {
  const ints = new Set(allFields(before).flatMap(({ id, type }) => (type === 'int' ? [id] : [])));
  return allFields(after).some(({ id, type }) => type === 'long' && ints.has(id));
}

interface Evolution {
  metadata: TableMetadata;
  fields: Field[];
  lastId: number;
}

function sameFields(left: readonly Field[], right: readonly Field[]): boolean {
  return JSON.stringify(left.map(canonical)) === JSON.stringify(right.map(canonical));
}

function canonical(field: Field): unknown {
  return [field.id, field.name, field.required, field.doc, formatType(field.type), childFields(field.type).map(canonical)];
}

function sameIdentifiers(left: StoredSchema, right: StoredSchema): boolean {
  return JSON.stringify(left['identifier-field-ids'] ?? []) === JSON.stringify(right['identifier-field-ids'] ?? []);
}

/** What is new is held to what a new table is held to; what is old stays, even if another engine made it. */
function checkEvolved(before: readonly Field[], after: readonly Field[]): void {
  if (after.length === 0) throw new IllegalSchemaChangeError('the last column', 'no columns left', 'at least one');
  const known = new Set(before.flatMap((field) => allFields([field])).map((field) => JSON.stringify([field.id, field.name, field.required, formatType(field.type)])));
  const isNew = (field: Field) => allFields([field]).some((inner) => !known.has(JSON.stringify([inner.id, inner.name, inner.required, formatType(inner.type)])));
  const added = after.filter(isNew);
  try {
    if (added.length > 0) defineSchema({ fields: added });
    const names = after.map((field) => field.name.toLowerCase());
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new InvalidArgumentError(`column "${twice}": found twice, expected a name that is unique regardless of case`);
  } catch (cause) {
    throw new IllegalSchemaChangeError('the changed columns', (cause as Error).message, 'columns that a new table could have', { cause });
  }
}

function applyChange(evolution: Evolution, change: SchemaChange): void {
  if (change.change === 'add') return void addColumn(evolution, change);
  if (change.change === 'reorder') return void reorder(evolution, change);
  const { field, path } = findField(evolution.fields, change.column);
  const name = `column "${path.join('.')}"`;
  const edit = (make: (found: Field) => Field[]): void => void (evolution.fields = replaceField(evolution.fields, field.id, make));
  const isPart = !isStructMember(evolution.fields, field.id);
  switch (change.change) {
    case 'rename':
      if (isPart) throw new IllegalSchemaChangeError(name, 'a rename of a part of a list or map', 'a column or a field of a struct');
      return edit((found) => [{ ...found, name: change.to }]);
    case 'drop':
      if (isPart) throw new IllegalSchemaChangeError(name, 'a drop of a part of a list or map', 'a column or a field of a struct; drop the list or map');
      checkDrop(evolution.metadata, field, name);
      return edit(() => []);
    case 'widen':
      checkWidening(field.type, change.type, name);
      return edit((found) => [{ ...found, type: change.type }]);
    case 'makeOptional':
      checkNotIdentifier(evolution.metadata, field, name, 'made optional');
      return edit((found) => [{ ...found, required: false }]);
    case 'makeRequired':
      if (field.required) return;
      throw new IllegalSchemaChangeError(name, 'required where it was optional', 'optional: rows without a value may be stored already');
    case 'document':
      return edit(({ doc: _old, ...found }) => [change.doc === undefined ? found : { ...found, doc: change.doc }]);
  }
}

function isStructMember(fields: readonly Field[], id: number): boolean {
  return fields.some((field) => {
    if (field.id === id) return true;
    if (typeof field.type === 'string') return false;
    if (field.type.type === 'struct') return isStructMember(field.type.fields, id);
    return childFields(field.type).some((child) => child.id !== id && isStructMember([child], id));
  });
}

function addColumn(evolution: Evolution, change: Extract<SchemaChange, { change: 'add' }>): void {
  const { metadata } = evolution;
  const name = `column "${change.name}"`;
  if (change.required === true && metadata.snapshots.length > 0) {
    throw new IllegalSchemaChangeError(name, 'added as required', 'optional: rows that are stored already have no value for it');
  }
  const added = change.id === undefined ? numberAnew(evolution, change.type) : keepIds(evolution, change.id, change.type, name);
  const field: Field = { ...added, name: change.name, required: change.required ?? false, ...(change.doc === undefined ? {} : { doc: change.doc }) };
  if (change.parent === undefined) {
    evolution.fields = [...evolution.fields, field];
    return;
  }
  const { field: parent, path } = findField(evolution.fields, change.parent);
  if (typeof parent.type === 'string' || parent.type.type !== 'struct') {
    throw new IllegalSchemaChangeError(`${name} inside "${path.join('.')}"`, `a parent of type ${formatType(parent.type)}`, 'a struct');
  }
  const type: IcebergType = { ...parent.type, fields: [...parent.type.fields, field] };
  evolution.fields = replaceField(evolution.fields, parent.id, (found) => [{ ...found, type }]);
}

function numberAnew(evolution: Evolution, type: IcebergType): { id: number; type: IcebergType } {
  const nextId = (): number => ++evolution.lastId;
  return { id: nextId(), type: withFreshIds(type, nextId) };
}

/** Ids that the caller chose: none that the table ever had, as old files would bring back what was dropped. */
function keepIds(evolution: Evolution, id: number, type: IcebergType, name: string): { id: number; type: IcebergType } {
  const used = new Map([...evolution.metadata.schemas.flatMap(({ fields }) => allFields(fields)), ...allFields(evolution.fields)].map((field) => [field.id, field.name]));
  for (const inner of allFields([{ id, name: '', required: false, type }])) {
    const owner = used.get(inner.id);
    if (owner !== undefined) throw new IllegalSchemaChangeError(name, `id ${inner.id}, which column "${owner}" has or had`, `an id that was never used, from ${evolution.lastId + 1} on`);
    evolution.lastId = Math.max(evolution.lastId, inner.id);
  }
  return { id, type };
}

function checkDrop(metadata: TableMetadata, field: Field, name: string): void {
  const ids = new Set(allFields([field]).map((inner) => inner.id));
  const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === metadata['default-spec-id']);
  const partition = spec?.fields.find((candidate) => ids.has(candidate['source-id']));
  if (partition) throw new IllegalSchemaChangeError(name, `a drop of the source of partition field "${partition.name}"`, 'a column that the table is not partitioned by; evolve the partitioning first');
  checkNotIdentifier(metadata, field, name, 'dropped');
}

function checkNotIdentifier(metadata: TableMetadata, field: Field, name: string, what: string): void {
  if (currentSchema(metadata)['identifier-field-ids']?.includes(field.id)) {
    throw new IllegalSchemaChangeError(name, `an identifier column to be ${what}`, 'a column that does not identify rows');
  }
}

function checkWidening(from: IcebergType, to: IcebergType, name: string): void {
  const before = decimalOf(from);
  const after = decimalOf(to);
  const decimal = before && after && before.scale === after.scale && before.precision <= after.precision;
  const allowed = (from === 'int' && to === 'long') || (from === 'float' && to === 'double') || decimal || (typeof from === 'string' && from === to);
  if (allowed) return;
  throw new IllegalSchemaChangeError(name, `${formatType(from)} to ${formatType(to)}`, 'int to long, float to double, or a decimal of more digits and the same scale; add a column instead');
}

function reorder(evolution: Evolution, { names, parent }: Extract<SchemaChange, { change: 'reorder' }>): void {
  const owner = parent === undefined ? undefined : findField(evolution.fields, parent).field;
  const fields = owner === undefined ? evolution.fields : childFields(owner.type);
  const sorted = names.flatMap((name) => fields.find((field) => field.name === name) ?? []);
  if ((owner && formatType(owner.type) !== 'struct') || sorted.length !== fields.length || new Set(sorted).size !== fields.length) {
    throw new IllegalSchemaChangeError('the order of columns', names.join(', '), `each once of: ${fields.map((field) => field.name).join(', ')}`);
  }
  if (!owner) evolution.fields = sorted;
  else evolution.fields = replaceField(evolution.fields, owner.id, (found) => [{ ...found, type: { type: 'struct', fields: sorted } }]);
}
