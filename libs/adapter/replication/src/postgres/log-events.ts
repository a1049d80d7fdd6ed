import { formatLsn, type ChangeEvent, type ChangeOperation, type ControlEvent, type StreamEvent, type TableMapping } from '@data-master/change-events';
import type { Logger } from '@data-master/ports';
import { formatMicros } from '../instants.ts';
import { planRows, type ContractGuard, type RowPlan, type SourceTableShape } from '../row-plan.ts';
import type { LogReader, LogRelation, LogRow } from './pgoutput.ts';
import { kindOfOid, type PostgresTable } from './source-catalog.ts';

/** An event whose row lacks large values, which the log leaves out when they did not change. */
export interface IncompleteEvent {
  event: ChangeEvent;
  shape: SourceTableShape;
  plan: RowPlan;
  row: LogRow;
}

export interface LogEventOptions {
  tables: readonly PostgresTable[];
  mapping: TableMapping;
  contract?: ContractGuard | undefined;
  logger: Logger;
  /** No event is older. */
  earliestMicros: bigint;
  onEvent: (event: StreamEvent, sizeBytes: number) => void;
  onIncomplete: (incomplete: IncompleteEvent) => void;
  onCommit: (endPosition: bigint, commitMicros: bigint) => void;
}

interface KnownRelation {
  shape: SourceTableShape;
  relation: LogRelation;
  plan: RowPlan | undefined;
}

const eventOverheadBytes = 300;

/**
 * Makes events of what the log tells. Their commit times never go back and their positions count the changes of the
 * transaction, so that a replay gives the same. A changed key is a delete of the old and an insert of the new; a row
 * that no longer passes the filters is a delete.
 */
export function createLogEvents({ tables, mapping, contract, logger, earliestMicros, onEvent, onIncomplete, onCommit }: LogEventOptions): LogReader & { isInTransaction: () => boolean } {
  const catalog = new Map(tables.map((table) => [table.oid, table]));
  const relations = new Map<number, KnownRelation>();
  let micros = earliestMicros;
  let timestamp = '';
  let transactionId = '';
  let positionHead: string | undefined;
  let ordinal = 0;

  const emit = ({ plan, shape }: { plan: RowPlan; shape: SourceTableShape }, operation: ChangeOperation, row: LogRow, at: number): void => {
    const keyOnly = operation === 'delete' && plan.keyIndexes.length > 0;
    const data = keyOnly ? plan.encodeKey(row) : plan.encode(row, operation);
    const event: ChangeEvent = {
      kind: 'data', operation, schemaName: plan.schemaName, tableName: plan.tableName, timestamp, partitionKeyType: 'schema-table', transactionId,
      commitTimestamp: timestamp, streamPosition: `${positionHead}.${String(at).padStart(20, '0')}`, data,
    };
    if (!keyOnly && row.includes(undefined)) onIncomplete({ event, shape, plan, row });
    onEvent(event, data.length + eventOverheadBytes);
  };
  const emitControl = (operation: string, { schemaName, tableName }: RowPlan, control?: object): void => {
    const event: ControlEvent = { kind: 'control', operation, schemaName, tableName, timestamp, partitionKeyType: 'schema-table', ...(control && { control: JSON.stringify(control) }) };
    onEvent(event, eventOverheadBytes);
  };
  /** Positions count whether or not an event follows: another mapping gives the same positions. */
  const known = (oid: number): { plan: RowPlan; shape: SourceTableShape } | undefined => {
    const relation = relations.get(oid);
    return relation?.plan && { plan: relation.plan, shape: relation.shape };
  };
  const nextOrdinal = (): number => (ordinal += 2) - 1;

  return {
    isInTransaction: () => positionHead !== undefined,
    begin(commitLsn, commitMicros, id) {
      if (commitMicros > micros) micros = commitMicros;
      timestamp = formatMicros(micros);
      transactionId = String(id);
      positionHead = formatLsn(commitLsn);
      ordinal = 0;
    },
    commit(endLsn) {
      positionHead = undefined;
      onCommit(endLsn, micros);
    },
    relation(relation) {
      const before = relations.get(relation.oid);
      const shape = shapeOf(relation, catalog.get(relation.oid));
      const plan = planRows(shape, mapping, contract);
      relations.set(relation.oid, { relation, shape, plan });
      if (!plan) return;
      if (plan.discarded.length > 0) logger.log('warn', 'source.columns_discarded', { table: plan.tableName, columns: plan.discarded });
      if (before) for (const change of columnChanges(before.relation, relation)) {
        logger.log('info', 'source.table_altered', { table: plan.tableName, ...change });
        emitControl(change.operation, plan, { 'column-name': change.column, ...(change.typeOid !== undefined && { 'type-oid': change.typeOid }) });
      }
    },
    insert(oid, row) {
      const at = nextOrdinal();
      const relation = known(oid);
      if (relation?.plan.passes(row)) emit(relation, 'insert', row, at);
    },
    update(oid, row, before, isKeyOnly) {
      const at = nextOrdinal();
      const relation = known(oid);
      if (!relation) return;
      const { plan } = relation;
      if (before && !isKeyOnly) row.forEach((text, index) => { if (text === undefined) row[index] = before[index]; });
      const keyChanged = before !== undefined && plan.keyIndexes.some((index) => before[index] !== row[index]);
      if (keyChanged) emit(relation, 'delete', before, at);
      if (plan.passes(row)) emit(relation, keyChanged ? 'insert' : 'update', row, at + 1);
      else if (!keyChanged && plan.keyIndexes.length > 0) emit(relation, 'delete', row, at);
    },
    delete(oid, before, isKeyOnly) {
      const at = nextOrdinal();
      const relation = known(oid);
      if (!relation) return;
      const row = isKeyOnly ? before.map((text, index) => (relation.plan.keyIndexes.includes(index) ? text : undefined)) : before;
      if (relation.plan.passes(row)) emit(relation, 'delete', row, at);
    },
    truncate(oids) {
      for (const oid of oids) {
        const relation = relations.get(oid);
        if (!relation?.plan) continue;
        nextOrdinal();
        logger.log('error', 'source.table_truncated', { table: relation.plan.tableName, remedy: 'its rows stay in the lake: delete them at the source row by row, or load the table anew' });
        emitControl('truncate-table', relation.plan);
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
