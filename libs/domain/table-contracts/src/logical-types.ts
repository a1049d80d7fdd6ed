import { z } from 'zod';

/**
 * What a value means, independent of any engine. Timestamps are UTC with microseconds. In a row a `long` is a bigint,
 * a `decimal` is text with exactly its scale, a `date` is `YYYY-MM-DD`, a `timestamp` is `YYYY-MM-DDTHH:MM:SS.ffffffZ`.
 */
export type LogicalType =
  | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'date' | 'timestamp' | 'string'
  | `decimal(${number},${number})`;

/** The static type of a value in a row. */
export type ValueOf<Type extends LogicalType> = Type extends 'boolean' ? boolean
  : Type extends 'int' | 'float' | 'double' ? number
  : Type extends 'long' ? bigint
  : string;

/** Name and parameters of a type in Parquet, as its specification calls them. */
export interface ParquetType {
  physical: 'BOOLEAN' | 'INT32' | 'INT64' | 'FLOAT' | 'DOUBLE' | 'BYTE_ARRAY';
  logical?: 'UTF8' | 'DATE' | 'TIMESTAMP_MICROS' | 'DECIMAL';
  precision?: number;
  scale?: number;
}

/** The Iceberg primitive types that contracts use, as its specification writes them. */
export type IcebergTypeName = 'boolean' | 'int' | 'long' | 'float' | 'double' | 'date' | 'timestamptz' | 'string' | `decimal(${number}, ${number})`;

/** One logical type in every dialect; the single place that a new dialect or type is added to. */
export interface Dialects {
  /** Values of a row in memory. */
  zod: z.ZodType;
  parquet: ParquetType;
  iceberg: IcebergTypeName;
  duckdb: string;
  spark: string;
  /** Hive's name, which Glue and Athena use for tables of files. */
  glue: string;
  /** PostgreSQL's, for the operational database; decimals are without bounds there, which the contract has. */
  postgres: string;
  /** The texts that denote a value, in the common subset of JavaScript's and RE2's regular expressions; whole match. */
  text: string;
  /** The reading of `text` for a person. */
  expected: string;
}

const digits = '[0-9]+';
const number = `[+-]?(?:${digits}(?:\\.[0-9]*)?|\\.${digits})`;
const calendarDate = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
const long = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

const types: Record<Exclude<LogicalType, `decimal(${number},${number})`>, Dialects> = {
  boolean: {
    zod: z.boolean(), parquet: { physical: 'BOOLEAN' }, iceberg: 'boolean', duckdb: 'BOOLEAN', spark: 'BOOLEAN', glue: 'boolean', postgres: 'BOOLEAN',
    text: 'true|false|t|f|1|0|TRUE|FALSE|T|F|True|False', expected: 'true or false',
  },
  int: {
    zod: z.int32(), parquet: { physical: 'INT32' }, iceberg: 'int', duckdb: 'INTEGER', spark: 'INT', glue: 'int', postgres: 'INTEGER',
    text: `[+-]?${digits}`, expected: 'an integer from -2147483648 to 2147483647',
  },
  long: {
    zod: z.bigint().gte(long.min).lte(long.max), parquet: { physical: 'INT64' }, iceberg: 'long', duckdb: 'BIGINT', spark: 'BIGINT', glue: 'bigint', postgres: 'BIGINT',
    text: `[+-]?${digits}`, expected: `an integer from ${long.min} to ${long.max}`,
  },
  float: {
    zod: z.union([z.float32(), z.nan(), z.literal([Infinity, -Infinity])]), parquet: { physical: 'FLOAT' }, iceberg: 'float', duckdb: 'FLOAT', spark: 'FLOAT', glue: 'float', postgres: 'REAL',
    text: `${number}(?:[eE][+-]?${digits})?|NaN|[+-]?Infinity`, expected: 'a number within the range of 32-bit floating point',
  },
  double: {
    zod: z.union([z.number(), z.nan(), z.literal([Infinity, -Infinity])]), parquet: { physical: 'DOUBLE' }, iceberg: 'double', duckdb: 'DOUBLE', spark: 'DOUBLE', glue: 'double', postgres: 'DOUBLE PRECISION',
    text: `${number}(?:[eE][+-]?${digits})?|NaN|[+-]?Infinity`, expected: 'a number within the range of 64-bit floating point',
  },
  date: {
    zod: z.iso.date(), parquet: { physical: 'INT32', logical: 'DATE' }, iceberg: 'date', duckdb: 'DATE', spark: 'DATE', glue: 'date', postgres: 'DATE',
    text: calendarDate, expected: 'a calendar date YYYY-MM-DD from 0001-01-01',
  },
  timestamp: {
    zod: z.iso.datetime({ precision: 6 }), parquet: { physical: 'INT64', logical: 'TIMESTAMP_MICROS' }, iceberg: 'timestamptz', duckdb: 'TIMESTAMPTZ', spark: 'TIMESTAMP', glue: 'timestamp', postgres: 'TIMESTAMPTZ',
    text: `${calendarDate}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?`,
    expected: 'an instant YYYY-MM-DD HH:MM:SS with at most 6 fractional digits, in UTC when no offset is given',
  },
  string: {
    zod: z.string(), parquet: { physical: 'BYTE_ARRAY', logical: 'UTF8' }, iceberg: 'string', duckdb: 'VARCHAR', spark: 'STRING', glue: 'string', postgres: 'TEXT',
    text: '(?s:.*)', expected: 'text in UTF-8',
  },
};

/** Precision and scale of a decimal type, undefined for every other type. */
export function decimalOf(type: LogicalType): { precision: number; scale: number } | undefined {
  const match = /^decimal\((\d+),(\d+)\)$/.exec(type);
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined;
}

/** The row of the table of types that belongs to `type`. */
export function dialectsOf(type: LogicalType): Dialects {
  const known = types[type as keyof typeof types] ?? decimals.get(type);
  if (known) return known;
  const made = decimalDialects(type);
  decimals.set(type, made);
  return made;
}

const decimals = new Map<LogicalType, Dialects>();

function decimalDialects(type: LogicalType): Dialects {
  const { precision, scale } = decimalOf(type)!;
  return {
    zod: z.string().regex(new RegExp(`^-?\\d{1,${Math.max(1, precision - scale)}}${scale > 0 ? `\\.\\d{${scale}}` : ''}$`)),
    parquet: { physical: precision <= 9 ? 'INT32' : 'INT64', logical: 'DECIMAL', precision, scale },
    iceberg: `decimal(${precision}, ${scale})`,
    duckdb: `DECIMAL(${precision},${scale})`,
    spark: `DECIMAL(${precision},${scale})`,
    glue: `decimal(${precision},${scale})`,
    postgres: 'NUMERIC',
    text: number,
    expected: `a decimal number with at most ${precision - scale} integer and ${scale} fractional digits`,
  };
}

/** Refuses decimals that no dialect holds in 64 bits. */
export function requireLogicalType(type: LogicalType, column: string): void {
  const decimal = decimalOf(type);
  if (!decimal && !(type in types)) {
    throw new Error(`column ${column} has type ${type}; expected one of ${Object.keys(types).join(', ')} or decimal(p,s)`);
  }
  if (decimal && !(decimal.precision >= 1 && decimal.precision <= 18 && decimal.scale <= decimal.precision)) {
    throw new Error(`column ${column} has type ${type}; expected 1 ≤ precision ≤ 18 and scale ≤ precision`);
  }
}
