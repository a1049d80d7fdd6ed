import type { Column } from './columns.ts';
import { quoteIdentifier } from './duckdb-scan.ts';
import { dialectsOf, type LogicalType } from './logical-types.ts';

/** What differs between the engines that run the definitions' SQL; the rest is written in what they have in common. */
export interface SqlDialect {
  name: 'duckdb' | 'spark';
  quote: (identifier: string) => string;
  /** The type's name. */
  type: (type: LogicalType) => string;
  /** The calendar part of an epoch in seconds, in UTC, as a 32-bit integer. */
  epochPart: (part: 'year' | 'month', expression: string) => string;
}

export const duckDbDialect: SqlDialect = {
  name: 'duckdb',
  quote: quoteIdentifier,
  type: (type) => dialectsOf(type).duckdb,
  epochPart: (part, expression) => `CAST(${part}(make_timestamp(${expression} * 1000000)) AS INTEGER)`,
};

/** Spark 3.5 with the session's time zone set to UTC. */
export const sparkDialect: SqlDialect = {
  name: 'spark',
  quote: (identifier) => `\`${identifier.replaceAll('`', '``')}\``,
  type: (type) => dialectsOf(type).spark,
  epochPart: (part, expression) => `${part}(timestamp_seconds(${expression}))`,
};

/** The columns as Spark's DDL, each with the field id that files are read by. */
export function emitSparkSchema(columns: readonly Column[]): { name: string; type: string; id: number }[] {
  return columns.map(({ name, type, id }) => ({ name, type: dialectsOf(type).spark.toLowerCase(), id }));
}
