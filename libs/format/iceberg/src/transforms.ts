import { InvalidArgumentError } from './errors.ts';
import { identifier } from './sql-text.ts';
import type { Field, IcebergType, PrimitiveType, Value } from './types.ts';
import { daysOf } from './values.ts';

/** Partition transforms that this package writes and reads. */
export type Transform = 'identity' | 'year' | 'month' | 'day';

const transforms = new Set<string>(['identity', 'year', 'month', 'day']);
const identityTypes = /^(boolean|int|long|date|timestamp|timestamptz|string|uuid|decimal\(.*)$/;

/** Whether the name is a transform that this package handles. */
export function isTransform(name: string): name is Transform {
  return transforms.has(name);
}

/** Refuses a transform that is not defined for the column's type. */
export function checkTransform(transform: Transform, source: Field): void {
  const { type, name } = source;
  const allowed =
    transform === 'identity'
      ? typeof type === 'string' && identityTypes.test(type)
      : type === 'date' || type === 'timestamp' || type === 'timestamptz';
  if (!allowed) {
    throw new InvalidArgumentError(
      `partition by ${transform} of "${name}": found type ${typeof type === 'string' ? type : type.type}, expected ${
        transform === 'identity' ? 'a type of exact text: no float, double, time, binary or nested type' : 'date, timestamp or timestamptz'
      }`,
    );
  }
}

/** Type of the partition values. */
export function transformedType(transform: Transform, source: IcebergType): PrimitiveType {
  if (transform === 'identity') return source as PrimitiveType;
  return transform === 'day' ? 'date' : 'int';
}

/** SQL that computes the partition value from the column; timestamps with time zone are taken in UTC. */
export function transformSql(transform: Transform, source: Field, expression = identifier(source.name)): string {
  if (transform === 'identity') return expression;
  const civil = source.type === 'timestamptz' ? `make_timestamp(epoch_us(${expression}))` : expression;
  if (transform === 'day') return `(${civil})::DATE`;
  const year = `(year(${civil}) - 1970)`;
  return `(${transform === 'year' ? year : `${year} * 12 + month(${civil}) - 1`})::INTEGER`;
}

/** The partition value of a column's value; monotonic, which is what pruning rests on. */
export function transformValue(transform: Transform, sourceType: IcebergType, value: Value): Value {
  if (transform === 'identity') return value;
  const days = sourceType === 'date' ? Number(value) : daysOf(value as bigint);
  if (transform === 'day') return days;
  const date = new Date(days * 86_400_000);
  const years = date.getUTCFullYear() - 1970;
  return transform === 'year' ? years : years * 12 + date.getUTCMonth();
}
