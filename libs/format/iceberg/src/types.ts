/** Types of single values, spelled as in table metadata. */
export type PrimitiveType =
  | 'boolean'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'timestamptz'
  | 'string'
  | 'uuid'
  | 'binary'
  | `fixed[${number}]`
  | `decimal(${number}, ${number})`
  | `decimal(${number},${number})`;

export interface StructType {
  type: 'struct';
  fields: Field[];
}

export interface ListType {
  type: 'list';
  'element-id': number;
  element: IcebergType;
  'element-required': boolean;
}

export interface MapType {
  type: 'map';
  'key-id': number;
  key: IcebergType;
  'value-id': number;
  value: IcebergType;
  'value-required': boolean;
}

export type IcebergType = PrimitiveType | StructType | ListType | MapType;

/** A column; its `id` is permanent and is what data files are read by. */
export interface Field {
  id: number;
  name: string;
  required: boolean;
  type: IcebergType;
  doc?: string;
}

/** Columns of a table, in order. */
export interface IcebergSchema {
  fields: Field[];
}

/**
 * A single value in memory: int, float, double as number, date as days since 1970-01-01, long as bigint, time and
 * timestamps as bigint microseconds, decimal as its unscaled bigint, string, uuid, fixed and binary as bytes.
 */
export type Value = boolean | number | bigint | string | Uint8Array;

const simpleTypes = new Set([
  'boolean', 'int', 'long', 'float', 'double', 'date', 'time', 'timestamp', 'timestamptz', 'string', 'uuid', 'binary',
]);

/** Precision and scale when the type is a decimal. */
export function decimalOf(type: IcebergType): { precision: number; scale: number } | undefined {
  const match = typeof type === 'string' ? /^decimal\((\d+), ?(\d+)\)$/.exec(type) : null;
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined;
}

/** Length in bytes when the type is fixed. */
export function fixedLengthOf(type: IcebergType): number | undefined {
  const match = typeof type === 'string' ? /^fixed\[(\d+)\]$/.exec(type) : null;
  return match ? Number(match[1]) : undefined;
}

/** Whether the type is one that format version 2 knows and that holds a single value. */
export function isPrimitive(type: IcebergType): type is PrimitiveType {
  return typeof type === 'string' && (simpleTypes.has(type) || decimalOf(type) !== undefined || fixedLengthOf(type) !== undefined);
}

/** Bytes that the specification gives to a decimal of this precision: the fewest that hold it. */
export function decimalByteLength(precision: number): number {
  let length = 1;
  while (2n ** BigInt(8 * length - 1) < 10n ** BigInt(precision)) length++;
  return length;
}

/** The types directly inside a nested type as fields, with the names that the Parquet files give them. */
export function childFields(type: IcebergType): Field[] {
  if (typeof type === 'string') return [];
  if (type.type === 'struct') return type.fields;
  if (type.type === 'list') {
    return [{ id: type['element-id'], name: 'element', required: type['element-required'], type: type.element }];
  }
  return [
    { id: type['key-id'], name: 'key', required: true, type: type.key },
    { id: type['value-id'], name: 'value', required: type['value-required'], type: type.value },
  ];
}

/** All fields at any depth, parents first. */
export function allFields(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => [field, ...allFields(childFields(field.type))]);
}
