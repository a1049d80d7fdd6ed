import { InvalidArgumentError } from './errors.ts';
import type { PartitionSummary } from './manifest-lists.ts';
import type { DataFile } from './manifests.ts';
import type { BoundPartitionField } from './partitions.ts';
import { fieldNamed } from './schema.ts';
import { decodeValue } from './single-values.ts';
import { identifier } from './sql-text.ts';
import { isWrapped, transformValue } from './transforms.ts';
import { isPrimitive, type Field, type IcebergSchema, type PrimitiveType, type Value } from './types.ts';
import { compareValues, toValue, valueSql, type Literal } from './values.ts';

type Operator = '=' | '<' | '<=' | '>' | '>=';

/** A condition on one column, as SQL compares: rows without a value never meet it. Several conditions are joined by AND. */
export type Predicate =
  | { column: string; op: Operator; value: Exclude<Literal, null> }
  | { column: string; op: 'in'; value: readonly Exclude<Literal, null>[] };

/** A condition bound to its column: met when the operator holds for one of the values. */
export interface BoundPredicate {
  field: Field;
  type: PrimitiveType;
  op: Operator;
  values: Value[];
}

/** Binds conditions to columns; InvalidArgumentError for unknown columns and values of another type. */
export function bindPredicates(schema: IcebergSchema, predicates: readonly Predicate[]): BoundPredicate[] {
  return predicates.map((predicate) => {
    const field = fieldNamed(schema, predicate.column);
    const { type } = field;
    if (!isPrimitive(type)) throw new InvalidArgumentError(`filter on "${field.name}": found a nested type, expected a single value`);
    return predicate.op === 'in'
      ? { field, type, op: '=', values: predicate.value.map((value) => toValue(type, value)) }
      : { field, type, op: predicate.op, values: [toValue(type, predicate.value)] };
  });
}

/** The conditions as SQL over the columns' names; undefined when there are none. */
export function predicatesSql(predicates: readonly BoundPredicate[]): string | undefined {
  if (predicates.length === 0) return undefined;
  return predicates
    .map(({ field, type, op, values }) => {
      const alternatives = values.map((value) => `${identifier(field.name)} ${op} ${valueSql(type, value)}`);
      return alternatives.length === 0 ? 'false' : `(${alternatives.join(' OR ')})`;
    })
    .join(' AND ');
}

function canHold(op: Operator, lower: Value, upper: Value, value: Value): boolean {
  switch (op) {
    case '=':
      return compareValues(lower, value) <= 0 && compareValues(value, upper) <= 0;
    case '<':
      return compareValues(lower, value) < 0;
    case '<=':
      return compareValues(lower, value) <= 0;
    case '>':
      return compareValues(upper, value) > 0;
    case '>=':
      return compareValues(upper, value) >= 0;
  }
}

/** On partition values `<` becomes `<=`: a smaller value can share its day, month or year with the bound. */
function projected(op: Operator): Operator {
  return op === '<' ? '<=' : op === '>' ? '>=' : op;
}

function isFloat(type: PrimitiveType): boolean {
  return type === 'float' || type === 'double';
}

/** Whether files of a partition range can hold rows that meet the conditions. */
export function partitionRangeCanMatch(
  fields: readonly BoundPartitionField[],
  predicates: readonly BoundPredicate[],
  rangeOf: (index: number) => { lower: Value; upper: Value } | 'none' | 'unknown',
): boolean {
  return fields.every((partitionField, index) => {
    const { transform, source, type: partitionType } = partitionField;
    if (transform.kind === 'void' || transform.kind === 'unknown') return true;
    const concerned = predicates.filter((predicate) => predicate.field.id === source.id && !isFloat(predicate.type));
    if (concerned.length === 0) return true;
    const range = rangeOf(index);
    if (range === 'unknown') return true;
    if (range === 'none') return false;
    if (isWrapped(partitionType, transform, range.lower, range.upper)) return true;
    return concerned.every(({ op, type, values }) => {
      if (transform.kind === 'bucket' && op !== '=') return true;
      return values.some((value) => {
        const partition = transformValue(transform, type, value);
        return partition === null || isWrapped(partitionType, transform, partition, partition) || canHold(projected(op), range.lower, range.upper, partition);
      });
    });
  });
}

/** Whether a manifest can hold files with rows that meet the conditions, judged by its partition summaries. */
export function manifestCanMatch(
  fields: readonly BoundPartitionField[],
  summaries: readonly PartitionSummary[] | null,
  predicates: readonly BoundPredicate[],
): boolean {
  return partitionRangeCanMatch(fields, predicates, (index) => {
    const summary = summaries?.[index];
    const type = fields[index]?.type;
    if (!summary || !type) return 'unknown';
    if (!summary.lowerBound || !summary.upperBound) return 'none';
    const lower = decodeValue(type, summary.lowerBound);
    const upper = decodeValue(type, summary.upperBound);
    return lower === undefined || upper === undefined ? 'unknown' : { lower, upper };
  });
}

/** Whether a file can hold rows that meet the conditions, judged by its partition and its columns' bounds. */
export function fileCanMatch(
  fields: readonly BoundPartitionField[],
  file: DataFile,
  predicates: readonly BoundPredicate[],
): boolean {
  const partitionCan = partitionRangeCanMatch(fields, predicates, (index) => {
    const value = file.partition[index] ?? null;
    return value === null ? 'none' : { lower: value, upper: value };
  });
  return partitionCan && predicates.every((predicate) => boundsCanMatch(file, predicate));
}

function boundsCanMatch(file: DataFile, { field, type, op, values }: BoundPredicate): boolean {
  const nulls = file.nullCounts.get(field.id);
  if (nulls !== undefined && Number(nulls) === file.recordCount) return false;
  if (isFloat(type) && file.nanCounts.get(field.id) !== 0n) return true;
  const lowerBytes = file.lowerBounds.get(field.id);
  const upperBytes = file.upperBounds.get(field.id);
  const lower = lowerBytes && decodeValue(type, lowerBytes);
  const upper = upperBytes && decodeValue(type, upperBytes);
  return values.some((value) => {
    if (typeof value === 'number' && Number.isNaN(value)) return true;
    const aboveLower = lower === undefined || op === '>' || op === '>=' || canHold(op === '=' ? '<=' : op, lower, lower, value);
    const belowUpper = upper === undefined || op === '<' || op === '<=' || canHold(op === '=' ? '>=' : op, upper, upper, value);
    return aboveLower && belowUpper;
  });
}
