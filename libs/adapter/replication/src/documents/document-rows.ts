import { MappingError, type JsonMember } from '@data-master/change-events';
import { TerminalError, type ReplicationTask } from '@data-master/ports';
import type { PlannedTable } from '../change-emitter.ts';
import { planRows, type RowTexts, type ValueKind } from '../row-plan.ts';

/** The table that a document is a row of. */
export interface DocumentTable {
  schema: string;
  table: string;
  /** Names of the members that identify the row. */
  key: readonly string[];
}

/** Plans rows for documents, whose columns are the members that each of them has. */
export interface DocumentRows {
  /** Undefined when the mapping does not take the table; the problem when such a row cannot go out. */
  plan: (of: DocumentTable, members: readonly JsonMember[]) => PlannedTable | { problem: string } | undefined;
}

/** Documents of as many shapes have their plans kept. */
const maximumPlans = 1000;

export function createDocumentRows({ mapping, contract, logger }: Pick<ReplicationTask, 'mapping' | 'contract' | 'logger'>): DocumentRows {
  const plans = new Map<string, PlannedTable | { problem: string } | undefined>();
  const told = new Set<string>();

  const make = ({ schema, table, key }: DocumentTable, members: readonly JsonMember[]): PlannedTable | { problem: string } | undefined => {
    const columns = members.map(({ name, text }) => ({ name, kind: kindOf(text) }));
    const twice = columns.find(({ name }, index) => columns.findIndex((other) => other.name === name) !== index);
    if (twice) return { problem: `the document has ${JSON.stringify(twice.name)} twice; expected each name once` };
    for (const { 'column-name': name } of mapping.select(schema, table)?.filters ?? []) {
      if (!columns.some((column) => column.name === name)) columns.push({ name, kind: 'text' });
    }
    const shape = { schema, table, key, columns };
    try {
      const plan = planRows(shape, mapping, contract);
      const discarded = plan?.discarded.filter((name) => !told.has(`${table}.${name}`)) ?? [];
      if (discarded.length > 0) logger.log('warn', 'source.columns_discarded', { table: plan?.tableName, columns: discarded });
      for (const name of discarded) told.add(`${table}.${name}`);
      return plan && { shape, plan };
    } catch (error) {
      if (error instanceof TerminalError || error instanceof MappingError) return { problem: error.message };
      throw error;
    }
  };

  return {
    plan(of, members) {
      const signature = JSON.stringify([of.schema, of.table, of.key, members.map(({ name, text }) => [name, kindOf(text)])]);
      if (!plans.has(signature)) {
        if (plans.size === maximumPlans) plans.clear();
        plans.set(signature, make(of, members));
      }
      return plans.get(signature);
    },
  };
}

/** The members of a document in the order of a plan's columns; a member that it lacks is null, or not told where only its key is known. */
export function rowOf({ shape }: PlannedTable, members: readonly JsonMember[], isKeyOnly: boolean): RowTexts {
  const texts = new Map(members.map(({ name, text }) => [name, text]));
  return shape.columns.map(({ name }) => {
    const text = texts.get(name);
    return text === undefined ? (isKeyOnly ? undefined : null) : text === 'null' ? null : text.startsWith('"') ? (JSON.parse(text) as string) : text;
  });
}

function kindOf(text: string): ValueKind {
  const first = text[0];
  if (first === '"' || first === 'n') return 'text';
  if (first === '{' || first === '[') return 'json';
  return first === 't' || first === 'f' ? 'boolean' : 'number';
}
