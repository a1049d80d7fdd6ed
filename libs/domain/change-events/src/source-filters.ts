import type { FilterCondition, SourceFilter } from './mapping-rules.ts';

/**
 * Whether a row passes: every filter, each by one of its conditions. Values are texts of the source, null for null;
 * numbers are compared as numbers, everything else as text. A null passes `null` and nothing else.
 */
export function passesFilters(filters: readonly SourceFilter[], valueOf: (column: string) => string | null): boolean {
  return filters.every((filter) => {
    const value = valueOf(filter['column-name']);
    return filter['filter-conditions'].some((condition) => passes(condition, value));
  });
}

function passes(condition: FilterCondition, value: string | null): boolean {
  const operator = condition['filter-operator'];
  if (value === null) return operator === 'null';
  const against = (operand: string | undefined): number => compareTexts(value, operand ?? '');
  const isBetween = (): boolean => against(condition['start-value']) >= 0 && against(condition['end-value']) <= 0;
  switch (operator) {
    case 'eq': return against(condition.value) === 0;
    case 'noteq': return against(condition.value) !== 0;
    case 'ste': return against(condition.value) <= 0;
    case 'gte': return against(condition.value) >= 0;
    case 'between': return isBetween();
    case 'notbetween': return !isBetween();
    case 'null': return false;
    case 'notnull': return true;
  }
}

const integer = /^[+-]?\d+$/;
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function compareTexts(a: string, b: string): number {
  if (integer.test(a) && integer.test(b)) return compare(BigInt(a.replace('+', '')), BigInt(b.replace('+', '')));
  return number.test(a) && number.test(b) ? compare(Number(a), Number(b)) : compare(a, b);
}

const compare = <Value extends string | number | bigint>(a: Value, b: Value): number => (a < b ? -1 : a > b ? 1 : 0);
