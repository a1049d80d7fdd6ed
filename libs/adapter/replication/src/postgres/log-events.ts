import { formatLsn, type TableMapping } from '@data-master/change-events';
import type { ContractGuard, Logger } from '@data-master/ports';
import type { ChangeEmitter, PlannedTable } from '../change-emitter.ts';
import { planRows, type SourceTableShape } from '../row-plan.ts';
import type { LogReader, LogRelation } from './pgoutput.ts';
import { kindOfOid, type PostgresTable } from './source-catalog.ts';

export interface LogEventOptions {
  tables: readonly PostgresTable[];
  mapping: TableMapping;
  contract?: ContractGuard | undefined;
  logger: Logger;
}

/** Hands what the log of PostgreSQL tells to an emitter, for the tables that the mapping selects. */
export function createLogEvents(emitter: ChangeEmitter, { tables, mapping, contract, logger }: LogEventOptions): LogReader {
  const catalog = new Map(tables.map((table) => [table.oid, table]));
  const relations = new Map<number, LogRelation>();
  const planned = new Map<number, PlannedTable>();
  return {
    begin: (commitLsn, commitMicros, id) => emitter.begin(commitMicros, String(id), `${formatLsn(commitLsn)}.`),
    commit: (endLsn) => emitter.commit(formatLsn(endLsn)),
    relation(relation) {
      const before = relations.get(relation.oid);
      const shape = shapeOf(relation, catalog.get(relation.oid));
      const plan = planRows(shape, mapping, contract);
      relations.set(relation.oid, relation);
      if (!plan) return;
      planned.set(relation.oid, { shape, plan });
      if (plan.discarded.length > 0) logger.log('warn', 'source.columns_discarded', { table: plan.tableName, columns: plan.discarded });
      if (before) for (const change of columnChanges(before, relation)) {
        logger.log('info', 'source.table_altered', { table: plan.tableName, ...change });
        emitter.control(plan, change.operation, { 'column-name': change.column, ...(change.typeOid !== undefined && { 'type-oid': change.typeOid }) });
      }
    },
    insert: (oid, row) => emitter.insert(planned.get(oid), row),
    update: (oid, row, before, isKeyOnly) => emitter.update(planned.get(oid), row, before, isKeyOnly),
    delete: (oid, before, isKeyOnly) => emitter.delete(planned.get(oid), before, isKeyOnly),
    truncate(oids) {
      for (const { plan } of oids.flatMap((oid) => planned.get(oid) ?? [])) {
        logger.log('error', 'source.table_truncated', { table: plan.tableName, remedy: 'its rows stay in the lake: delete them at the source row by row, or load the table anew' });
        emitter.control(plan, 'truncate-table');
      }
    },
  };
}

/** The catalog knows the primary key, and the types that domains stand for. */
function shapeOf({ schema, table, columns, identity }: LogRelation, known: PostgresTable | undefined): SourceTableShape {
  return {
    schema, table,
    key: known?.key ?? (identity === 'f' ? [] : columns.filter(({ isKey }) => isKey).map(({ name }) => name)),
    columns: columns.map(({ name, typeOid }) => ({ name, kind: typeOid < 10_000 ? kindOfOid(typeOid) : known?.columns.find((column) => column.name === name)?.kind ?? 'text' })),
  };
}

function columnChanges(before: LogRelation, after: LogRelation): { operation: string; column: string; typeOid?: number }[] {
  const old = new Map(before.columns.map(({ name, typeOid }) => [name, typeOid]));
  const present = new Set(after.columns.map(({ name }) => name));
  return [
    ...after.columns.flatMap(({ name, typeOid }) => (old.get(name) === typeOid ? [] : [{ operation: old.has(name) ? 'column-type-change' : 'add-column', column: name, typeOid }])),
    ...before.columns.filter(({ name }) => !present.has(name)).map(({ name }) => ({ operation: 'drop-column', column: name })),
  ];
}
