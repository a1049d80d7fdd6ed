import { hashSql } from './murmur3-sql.ts';
import { engineType, identifier, textLiteral } from './sql-text.ts';
import { transformedType, type ParsedTransform } from './transforms.ts';
import { decimalOf, isPrimitive, type Field, type PrimitiveType } from './types.ts';
import { formatDecimal } from './values.ts';

/** SQL that computes the partition value from the column; timestamps with time zone are taken in UTC. Equal to `transformValue`. */
export function transformSql(transform: ParsedTransform, source: Field, expression = identifier(source.name)): string {
  const { kind, parameter } = transform;
  const type = isPrimitive(source.type) ? source.type : 'string';
  switch (kind) {
    case 'identity':
      return expression;
    case 'void':
    case 'unknown':
      return `NULL::${engineType(transformedType(transform, source.type))}`;
    case 'bucket':
      return `((${hashSql(type, expression)} & 2147483647) % ${parameter})::INTEGER`;
    case 'truncate':
      return truncateSql(type, expression, parameter);
  }
  const civil = type === 'timestamptz' ? `make_timestamp(epoch_us(${expression}))` : expression;
  if (kind === 'hour') return `date_diff('hour', TIMESTAMP '1970-01-01', ${civil})::INTEGER`;
  if (kind === 'day') return `(${civil})::DATE`;
  const year = `(year(${civil}) - 1970)`;
  return `(${kind === 'year' ? year : `${year} * 12 + month(${civil}) - 1`})::INTEGER`;
}

function truncateSql(type: PrimitiveType, value: string, width: number): string {
  if (type === 'string') return `left(${value}, ${width})`;
  if (type === 'binary') return `array_slice(${value}, 1, ${width})`;
  const decimal = decimalOf(type);
  if (decimal) {
    const type38 = `DECIMAL(38, ${decimal.scale})`;
    return truncatedSql(`(${value})::${type38}`, `${textLiteral(formatDecimal(BigInt(width), decimal.scale))}::${type38}`);
  }
  const cut = truncatedSql(`(${value})::${type === 'int' ? 'BIGINT' : 'HUGEINT'}`, `${width}`);
  const [least, whole, engine] = type === 'int' ? ['-2147483648', '4294967296', 'INTEGER'] : ["'-9223372036854775808'::HUGEINT", "'18446744073709551616'::HUGEINT", 'BIGINT'];
  return `list_transform([${cut}], lambda t: CASE WHEN t < ${least} THEN t + ${whole} ELSE t END)[1]::${engine}`;
}

function truncatedSql(value: string, step: string): string {
  return `(${value} - (${value} % ${step} + ${step}) % ${step})`;
}
