import type { FilterCondition, SourceFilter } from '@data-master/change-events';

/** A filter as an SQL condition, with the quoting of the source's dialect. */
export function filterSql(filter: SourceFilter, { identifier, literal }: { identifier: (name: string) => string; literal: (text: string) => string }): string {
  const column = identifier(filter['column-name']);
  const conditionSql = (condition: FilterCondition): string => {
    const value = literal(condition.value ?? '');
    const range = `BETWEEN ${literal(condition['start-value'] ?? '')} AND ${literal(condition['end-value'] ?? '')}`;
    switch (condition['filter-operator']) {
      case 'eq': return `${column} = ${value}`;
      case 'noteq': return `${column} <> ${value}`;
      case 'ste': return `${column} <= ${value}`;
      case 'gte': return `${column} >= ${value}`;
      case 'between': return `${column} ${range}`;
      case 'notbetween': return `${column} NOT ${range}`;
      case 'null': return `${column} IS NULL`;
      case 'notnull': return `${column} IS NOT NULL`;
    }
  };
  return `(${filter['filter-conditions'].map(conditionSql).join(' OR ')})`;
}
