import { z } from 'zod';
import type { Column } from './columns.ts';
import { dialectsOf } from './logical-types.ts';

/** A zod object that accepts exactly the rows of these columns; nullable where not required, integers within their range. */
export function emitRowSchema(columns: readonly Column[]): z.ZodObject {
  return z.strictObject(Object.fromEntries(columns.map((column) => [column.name, valueSchema(column)])));
}

function valueSchema({ type, required, range }: Column): z.ZodType {
  const plain = dialectsOf(type).zod;
  const ranged = range ? plain.refine((value) => isWithin(BigInt(value as bigint | number), range), `expected ${range[0]} to ${range[1]}`) : plain;
  return required ? ranged : ranged.nullable();
}

function isWithin(value: bigint, [min, max]: readonly [bigint, bigint]): boolean {
  return value >= min && value <= max;
}
