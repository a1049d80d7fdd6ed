import { InvalidArgumentError, UnsupportedFeatureError } from './errors.ts';
import { currentSchema, type StoredSpec, type TableMetadata } from './metadata.ts';
import { fieldNamed } from './schema.ts';
import { checkTransform, knownTransforms, parseTransform, partitionFieldName, transformedType, type ParsedTransform, type Transform } from './transforms.ts';
import type { Field, IcebergSchema, PrimitiveType, Value } from './types.ts';
import { toLiteral, toValue, type Literal } from './values.ts';

/** How a new table is partitioned: one entry a partition field; `name` defaults to the column, with the transform's name unless it is identity. */
export interface PartitionField {
  source: string;
  transform: Transform;
  name?: string;
}

export type PartitionSpec = readonly PartitionField[];

/** A partition by field name: int as number, long as bigint, day as `YYYY-MM-DD`, month and year counted from 1970. */
export type PartitionTuple = Record<string, Literal>;

/** A partition as stored: one value for each field of the spec, in its order. */
export type PartitionValues = readonly (Value | null)[];

/** A partition field with what is known of its column. */
export interface BoundPartitionField {
  id: number;
  name: string;
  transform: ParsedTransform;
  source: Field;
  type: PrimitiveType;
}

/** A partition spec bound to the columns of its table. */
export interface BoundSpec {
  id: number;
  fields: BoundPartitionField[];
}

const firstPartitionFieldId = 1000;

/** Turns the partitioning of a new table into its stored form; InvalidArgumentError for unknown columns and unfit transforms. */
export function storeSpec(schema: IcebergSchema, partitioning: PartitionSpec): StoredSpec {
  const fields = describeFields(schema, partitioning).map((field, index) => ({ ...field, 'field-id': firstPartitionFieldId + index }));
  return { 'spec-id': 0, fields };
}

/**
 * Metadata whose new files are partitioned in another way; stored files keep theirs. Undefined when it is so already.
 * A field that was ever in use keeps its id and a spec its number, so that partitions stay comparable.
 */
export function evolveSpec(metadata: TableMetadata, partitioning: PartitionSpec): TableMetadata | undefined {
  const specs = metadata['partition-specs'];
  const known = specs.flatMap((spec) => spec.fields);
  let lastId = metadata['last-partition-id'];
  const fields = describeFields(currentSchema(metadata), partitioning).map((field) => {
    const same = known.find((candidate) => candidate['source-id'] === field['source-id'] && candidate.transform === field.transform);
    return { ...field, 'field-id': same?.['field-id'] ?? ++lastId };
  });
  const text = (stored: StoredSpec['fields']) => JSON.stringify(stored.map((field) => [field['source-id'], field['field-id'], field.name, field.transform]));
  const same = specs.find((spec) => text(spec.fields) === text(fields));
  const id = same?.['spec-id'] ?? Math.max(...specs.map((spec) => spec['spec-id'])) + 1;
  if (id === metadata['default-spec-id']) return undefined;
  return {
    ...metadata,
    'partition-specs': same ? specs : [...specs, { 'spec-id': id, fields }],
    'default-spec-id': id,
    'last-partition-id': lastId,
  };
}

function describeFields(schema: IcebergSchema, partitioning: PartitionSpec): Omit<StoredSpec['fields'][number], 'field-id'>[] {
  const names = new Set<string>();
  return partitioning.map((entry) => {
    const source = fieldNamed(schema, entry.source);
    checkTransform(entry.transform, source);
    const name = entry.name ?? partitionFieldName(entry.transform, source.name);
    const clashes = schema.fields.some((field) => field.name === name) && !(entry.transform === 'identity' && name === source.name);
    if (clashes || names.has(name)) {
      throw new InvalidArgumentError(`partition field "${name}": expected a name that no column and no other partition field has`);
    }
    names.add(name);
    return { 'source-id': source.id, name, transform: entry.transform };
  });
}

/** Binds a stored spec to the columns; fields of transforms that this package does not know are told by `expectKnownTransforms`. */
export function bindSpec(metadata: TableMetadata, specId: number, file: string): BoundSpec {
  const stored = metadata['partition-specs'].find((spec) => spec['spec-id'] === specId);
  if (!stored) throw new UnsupportedFeatureError(file, `partition spec ${specId}`, 'a spec that the table metadata lists');
  const columns = [...metadata.schemas.flatMap((schema) => schema.fields), ...currentSchema(metadata).fields];
  const fields = stored.fields.map((field) => {
    const transform = parseTransform(field.transform);
    const source = columns.findLast((column) => column.id === field['source-id']) ?? sourceOfNone(transform, field['source-id']);
    if (!source) throw new UnsupportedFeatureError(file, `partition field "${field.name}" of column ${field['source-id']}`, 'a top column');
    return { id: field['field-id'], name: field.name, transform, source, type: transformedType(transform, source.type) };
  });
  return { id: specId, fields };
}

/** Transforms that are not computed need no column: it may be inside a struct, or dropped. */
function sourceOfNone({ kind }: ParsedTransform, id: number): Field | undefined {
  return kind === 'void' || kind === 'unknown' ? { id, name: `field ${id}`, required: false, type: 'int' } : undefined;
}

/** Whether the spec has a transform that this package does not know: its files can be read, but none can be written for it. */
export function hasUnknownTransform(spec: BoundSpec): boolean {
  return spec.fields.some((field) => field.transform.kind === 'unknown');
}

/** Refuses to write files or manifests of a spec with a transform that this package does not know; `table` is where it was found. */
export function expectKnownTransforms(spec: BoundSpec, table: string): void {
  const unknown = spec.fields.find((field) => field.transform.kind === 'unknown');
  if (unknown) throw new UnsupportedFeatureError(table, `partition transform "${unknown.transform.name}" of field "${unknown.name}" where files are to be written`, knownTransforms);
}

/** The form of a partition that callers get. Inverse of `parsePartition`. */
export function formatPartition(spec: BoundSpec, values: PartitionValues): PartitionTuple {
  return Object.fromEntries(
    spec.fields.map((field, index) => {
      const value = values[index] ?? null;
      return [field.name, value === null ? null : toLiteral(field.type, value)];
    }),
  );
}

/** Reads a partition as callers write it; InvalidArgumentError unless it names exactly the partition fields. */
export function parsePartition(spec: BoundSpec, tuple: PartitionTuple): PartitionValues {
  const names = spec.fields.map((field) => field.name);
  const given = Object.keys(tuple);
  if (given.length !== names.length || names.some((name) => !given.includes(name))) {
    throw new InvalidArgumentError(`partition: found fields ${given.join(', ') || 'none'}, expected exactly ${names.join(', ') || 'none'}`);
  }
  return spec.fields.map((field) => {
    const literal = tuple[field.name] ?? null;
    return literal === null ? null : toValue(field.type, literal);
  });
}

/** A text that is equal for equal partitions of one spec. */
export function partitionKey(values: PartitionValues): string {
  return JSON.stringify(
    values.map((value) => (value === null ? null : value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value))),
  );
}
