import { DatabaseSync } from 'node:sqlite';
import { MappingError } from '@data-master/change-events';
import type { RowTexts, SourceTableShape } from './row-plan.ts';

export type ColumnExpression = (texts: RowTexts, operation: string) => string | number | bigint | null;

const parameter = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_][A-Za-z0-9_]*)/g;

let database: DatabaseSync | undefined;

/**
 * Compiles an expression of an add-column rule, which is SQLite's, with the columns of the row as `$name`, and
 * `$AR_H_OPERATION`, `$AR_M_SOURCE_SCHEMA` and `$AR_M_SOURCE_TABLE_NAME`.
 */
export function compileExpression(expression: string, shape: SourceTableShape): ColumnExpression {
  const names = [...new Set([...expression.matchAll(parameter)].flatMap((match) => match[1] ?? []))];
  const operations: Record<string, string> = { load: 'INSERT', insert: 'INSERT', update: 'UPDATE', delete: 'DELETE' };
  const readers = names.map((name): [string, (texts: RowTexts, operation: string) => string | number | bigint | null] => {
    const index = shape.columns.findIndex((column) => column.name === name);
    const isNumber = shape.columns[index]?.kind === 'number';
    if (index >= 0) return [`$${name}`, (texts) => valueOf(texts[index] ?? null, isNumber)];
    if (name === 'AR_H_OPERATION') return [`$${name}`, (_texts, operation) => operations[operation] ?? operation];
    if (name === 'AR_M_SOURCE_SCHEMA') return [`$${name}`, () => shape.schema];
    if (name === 'AR_M_SOURCE_TABLE_NAME') return [`$${name}`, () => shape.table];
    throw new MappingError(`the expression ${JSON.stringify(expression)} names $${name}; expected a column of ${shape.schema}.${shape.table} (${shape.columns.map((column) => column.name).join(', ')}), AR_H_OPERATION, AR_M_SOURCE_SCHEMA or AR_M_SOURCE_TABLE_NAME; correct it`);
  });
  const statement = prepare(expression);
  return (texts, operation) => {
    const row = statement.get(Object.fromEntries(readers.map(([name, read]) => [name, read(texts, operation)])));
    const value = row?.['value'] ?? null;
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
  };
}

function prepare(expression: string) {
  try {
    const statement = (database ??= new DatabaseSync(':memory:')).prepare(`SELECT (${expression}) AS value`);
    statement.setReadBigInts(true);
    return statement;
  } catch (error) {
    throw new MappingError(`the expression ${JSON.stringify(expression)} is none of SQLite: ${error instanceof Error ? error.message : 'unreadable'}; correct the add-column rule`);
  }
}

function valueOf(text: string | null, isNumber: boolean): string | number | bigint | null {
  if (text === null || !isNumber) return text;
  return /^-?\d{1,18}$/.test(text) ? BigInt(text) : Number(text);
}
