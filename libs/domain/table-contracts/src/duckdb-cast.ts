import type { LogicalType } from './logical-types.ts';

/** The DuckDB type that reads a canonical text with no regard to settings; `fromDuckdbTextType` completes it. */
export function duckdbTextType(type: LogicalType): string {
  switch (type) {
    case 'boolean': return 'BOOLEAN';
    case 'int': return 'INTEGER';
    case 'long': return 'BIGINT';
    case 'float':
    case 'double': return 'DOUBLE';
    case 'date': return 'DATE';
    case 'timestamp': return 'TIMESTAMP';
    case 'string': return 'VARCHAR';
    default: return type.toUpperCase();
  }
}

/** SQL for the value of the type, given SQL for its `duckdbTextType`; timestamps are taken as UTC. */
export function fromDuckdbTextType(type: LogicalType, expression: string): string {
  if (type === 'timestamp') return `make_timestamptz(epoch_us(${expression}))`;
  return type === 'float' ? `CAST(${expression} AS FLOAT)` : expression;
}
