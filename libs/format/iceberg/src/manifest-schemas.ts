import type { AvroComplex, AvroField, AvroSchema } from '@data-master/avro';
import type { BoundSpec } from './partitions.ts';
import { decimalByteLength, decimalOf, fixedLengthOf, type PrimitiveType } from './types.ts';

function required(name: string, type: AvroSchema, id: number): AvroField {
  return { name, type, 'field-id': id };
}

function optional(name: string, type: AvroSchema, id: number): AvroField {
  return { name, type: ['null', type], default: null, 'field-id': id };
}

function intMap(keyId: number, valueId: number, valueType: string): AvroComplex {
  const items = { type: 'record', name: `k${keyId}_v${valueId}`, fields: [required('key', 'int', keyId), required('value', valueType, valueId)] };
  return { type: 'array', logicalType: 'map', items };
}

/** A name as Avro allows it, in the way other writers of Iceberg spell it. */
function avroName(name: string): string {
  const escape = (char: string) => `_x${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return name.replace(/[^A-Za-z0-9_]/g, escape).replace(/^[0-9]/, (digit) => `_${digit}`);
}

function partitionAvroType(type: PrimitiveType, name: string): AvroSchema {
  const decimal = decimalOf(type);
  if (decimal) {
    const { precision, scale } = decimal;
    return { type: 'fixed', name: `decimal_${name}`, size: decimalByteLength(precision), logicalType: 'decimal', precision, scale };
  }
  switch (type) {
    case 'date':
      return { type: 'int', logicalType: 'date' };
    case 'timestamp':
    case 'timestamptz':
      return { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': type === 'timestamptz' };
    case 'uuid':
      return { type: 'fixed', name: `uuid_${name}`, size: 16, logicalType: 'uuid' };
    case 'time':
      return { type: 'long', logicalType: 'time-micros' };
    case 'binary':
      return 'bytes';
  }
  const length = fixedLengthOf(type);
  return length === undefined ? type : { type: 'fixed', name: `fixed_${name}`, size: length };
}

/** Avro schema of a manifest's entries (specification, "Manifests"). */
export function manifestEntrySchema(spec: BoundSpec): AvroComplex {
  const partition = {
    type: 'record',
    name: 'r102',
    fields: spec.fields.map((field) => optional(avroName(field.name), partitionAvroType(field.type, avroName(field.name)), field.id)),
  };
  const dataFile = {
    type: 'record',
    name: 'r2',
    fields: [
      required('content', 'int', 134),
      required('file_path', 'string', 100),
      required('file_format', 'string', 101),
      required('partition', partition, 102),
      required('record_count', 'long', 103),
      required('file_size_in_bytes', 'long', 104),
      optional('column_sizes', intMap(117, 118, 'long'), 108),
      optional('value_counts', intMap(119, 120, 'long'), 109),
      optional('null_value_counts', intMap(121, 122, 'long'), 110),
      optional('nan_value_counts', intMap(138, 139, 'long'), 137),
      optional('lower_bounds', intMap(126, 127, 'bytes'), 125),
      optional('upper_bounds', intMap(129, 130, 'bytes'), 128),
      optional('key_metadata', 'bytes', 131),
      optional('split_offsets', { type: 'array', items: 'long', 'element-id': 133 }, 132),
      optional('equality_ids', { type: 'array', items: 'int', 'element-id': 136 }, 135),
      optional('sort_order_id', 'int', 140),
      optional('referenced_data_file', 'string', 143),
    ],
  };
  return {
    type: 'record',
    name: 'manifest_entry',
    fields: [
      required('status', 'int', 0),
      optional('snapshot_id', 'long', 1),
      optional('sequence_number', 'long', 3),
      optional('file_sequence_number', 'long', 4),
      required('data_file', dataFile, 2),
    ],
  };
}

const fieldSummary: AvroComplex = {
  type: 'record',
  name: 'r508',
  fields: [
    required('contains_null', 'boolean', 509),
    optional('contains_nan', 'boolean', 518),
    optional('lower_bound', 'bytes', 510),
    optional('upper_bound', 'bytes', 511),
  ],
};

/** Avro schema of a manifest list (specification, "Manifest Lists"). */
export const manifestFileSchema: AvroComplex = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    required('manifest_path', 'string', 500),
    required('manifest_length', 'long', 501),
    required('partition_spec_id', 'int', 502),
    required('content', 'int', 517),
    required('sequence_number', 'long', 515),
    required('min_sequence_number', 'long', 516),
    required('added_snapshot_id', 'long', 503),
    required('added_files_count', 'int', 504),
    required('existing_files_count', 'int', 505),
    required('deleted_files_count', 'int', 506),
    required('added_rows_count', 'long', 512),
    required('existing_rows_count', 'long', 513),
    required('deleted_rows_count', 'long', 514),
    optional('partitions', { type: 'array', items: fieldSummary, 'element-id': 508 }, 507),
    optional('key_metadata', 'bytes', 519),
  ],
};
