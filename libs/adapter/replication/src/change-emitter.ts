import type { ChangeEvent, ChangeOperation, StreamEvent } from '@data-master/change-events';
import { formatMicros } from './instants.ts';
import type { RowPlan, RowTexts, SourceTableShape } from './row-plan.ts';

/** A table whose changes are taken. */
export interface PlannedTable {
  shape: SourceTableShape;
  plan: RowPlan;
}

/** An event whose row lacks values that the log leaves out when they did not change. */
export interface IncompleteEvent extends PlannedTable {
  event: ChangeEvent;
  row: RowTexts;
}

export interface ChangeEmitterOptions {
  /** No event is older. */
  earliestMicros: bigint;
  onEvent: (event: StreamEvent, sizeBytes: number) => void;
  onIncomplete?: (incomplete: IncompleteEvent) => void;
  /** Where the transaction ends in the source's log, as the source writes it. */
  onCommit: (endPosition: string, commitMicros: bigint) => void;
}

/**
 * Makes events of row changes. Commit times never go back, and positions count the changes of the transaction, taken or
 * not, so that a replay gives the same. A changed key is a delete of the old and an insert of the new; a row that no
 * longer passes the filters is a delete.
 */
export interface ChangeEmitter {
  /** `positionHead` begins the positions of the transaction's changes. */
  begin: (commitMicros: bigint, transactionId: string, positionHead: string) => void;
  commit: (endPosition: string) => void;
  isInTransaction: () => boolean;
  insert: (table: PlannedTable | undefined, row: RowTexts) => void;
  /** `before` is the whole row, or its key alone where the log tells no more (`isKeyOnly`). */
  update: (table: PlannedTable | undefined, row: RowTexts, before: RowTexts | undefined, isKeyOnly: boolean) => void;
  delete: (table: PlannedTable | undefined, before: RowTexts, isKeyOnly: boolean) => void;
  control: (plan: Pick<RowPlan, 'schemaName' | 'tableName'>, operation: string, control?: object) => void;
}

const eventOverheadBytes = 300;

export function createChangeEmitter({ earliestMicros, onEvent, onIncomplete, onCommit }: ChangeEmitterOptions): ChangeEmitter {
  let micros = earliestMicros;
  let timestamp = formatMicros(micros);
  let transactionId = '';
  let positionHead = '';
  let isOpen = false;
  let ordinal = 0;

  const emit = ({ plan, shape }: PlannedTable, operation: ChangeOperation, row: RowTexts, at: number): void => {
    const isKeyOnly = operation === 'delete' && plan.keyIndexes.length > 0;
    const data = isKeyOnly ? plan.encodeKey(row) : plan.encode(row, operation);
    const event: ChangeEvent = {
      kind: 'data', operation, schemaName: plan.schemaName, tableName: plan.tableName, timestamp, partitionKeyType: plan.keyIndexes.length > 0 ? 'primary-key' : 'schema-table', transactionId,
      commitTimestamp: timestamp, streamPosition: positionHead + String(at).padStart(20, '0'), data,
      ...(plan.keyIndexes.length > 0 && { rowKey: plan.keyIndexes.map((index) => row[index]).join('\n') }),
    };
    if (!isKeyOnly && row.includes(undefined)) onIncomplete?.({ event, shape, plan, row });
    onEvent(event, data.length + eventOverheadBytes);
  };
  /** A change may become two events. */
  const nextOrdinal = (): number => (ordinal += 2) - 1;

  return {
    begin(commitMicros, id, head) {
      if (commitMicros > micros) {
        micros = commitMicros;
        timestamp = formatMicros(micros);
      }
      transactionId = id;
      positionHead = head;
      ordinal = 0;
      isOpen = true;
    },
    commit(endPosition) {
      isOpen = false;
      onCommit(endPosition, micros);
    },
    isInTransaction: () => isOpen,
    insert(table, row) {
      const at = nextOrdinal();
      if (table?.plan.passes(row)) emit(table, 'insert', row, at);
    },
    update(table, row, before, isKeyOnly) {
      const at = nextOrdinal();
      if (!table) return;
      const { plan } = table;
      const whole = before && !isKeyOnly && row.includes(undefined) ? row.map((text, index) => (text === undefined ? before[index] : text)) : row;
      const keyChanged = before !== undefined && plan.keyIndexes.some((index) => before[index] !== whole[index]);
      if (keyChanged) emit(table, 'delete', before, at);
      if (plan.passes(whole)) emit(table, keyChanged ? 'insert' : 'update', whole, at + 1);
      else if (!keyChanged && plan.keyIndexes.length > 0) emit(table, 'delete', whole, at);
    },
    delete(table, before, isKeyOnly) {
      const at = nextOrdinal();
      if (!table) return;
      const row = isKeyOnly ? before.map((text, index) => (table.plan.keyIndexes.includes(index) ? text : undefined)) : before;
      if (table.plan.passes(row)) emit(table, 'delete', row, at);
    },
    control({ schemaName, tableName }, operation, control) {
      nextOrdinal();
      onEvent({ kind: 'control', operation, schemaName, tableName, timestamp, partitionKeyType: 'schema-table', ...(control && { control: JSON.stringify(control) }) }, eventOverheadBytes);
    },
  };
}
