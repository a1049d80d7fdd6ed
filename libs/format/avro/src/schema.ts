/** An Avro schema as JSON; attributes that the specification does not know are kept. */
export type AvroSchema = string | readonly AvroSchema[] | AvroComplex;

export interface AvroComplex {
  readonly type: AvroSchema;
  readonly name?: string;
  readonly namespace?: string;
  readonly logicalType?: string;
  readonly fields?: readonly AvroField[];
  readonly items?: AvroSchema;
  readonly values?: AvroSchema;
  readonly symbols?: readonly string[];
  readonly size?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly [attribute: string]: unknown;
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly default?: unknown;
  readonly doc?: string;
  readonly [attribute: string]: unknown;
}

/** A record by the keys that its form gives to fields; by their names in `plainForm`. */
export type AvroRecord = Record<string | number, unknown>;

/** How values appear outside the file. */
export interface AvroForm {
  /** The key under which a record has the field's value. */
  keyOf(field: AvroField): string | number;
  /** Turns the value of a type, as read, into the one that is wanted; undefined leaves it. */
  reading(schema: AvroComplex): ((value: unknown) => unknown) | undefined;
  /** Inverse of `reading`. */
  writing(schema: AvroComplex): ((value: unknown) => unknown) | undefined;
}

export const isUnion = (schema: AvroSchema): schema is readonly AvroSchema[] => Array.isArray(schema);

/** Compiled named types of a schema, found from inside it by name and namespace. */
export interface NamedTypes<T> {
  /** Adds a type when the schema has a name; gives the types as seen from inside it. */
  declare(schema: AvroComplex, compiled: T): NamedTypes<T>;
  /** Undefined until the type is declared. */
  find(name: string): T | undefined;
}

export function createNamedTypes<T>(types = new Map<string, T>(), namespace = ''): NamedTypes<T> {
  const fullName = (name: string, space: string): string => (name.includes('.') || space === '' ? name : `${space}.${name}`);
  return {
    declare({ name, namespace: own = namespace }, compiled) {
      if (name === undefined) return this;
      const full = fullName(name, own);
      types.set(full, compiled);
      return createNamedTypes(types, full.slice(0, Math.max(0, full.lastIndexOf('.'))));
    },
    find: (name) => types.get(fullName(name, namespace)) ?? types.get(name),
  };
}
