import type { ReplicationTask } from '@data-master/ports';
import type { ChangeEmitter } from '../change-emitter.ts';
import { rowOf, type DocumentRows } from '../documents/document-rows.ts';
import type { RejectedRecord } from '../rejected-records.ts';
import type { TopicRecord } from './committed-records.ts';
import { readTopicRecord, type TopicChange, type TopicControl } from './topic-changes.ts';
import { recordPositionHead, type PartitionPosition } from './topic-positions.ts';

/** Makes an emitter whose commit times do not go back behind `earliestMicros`, and tells how far they came. */
export type PartitionEmitters = (earliestMicros: bigint, onMicros: (micros: bigint) => void) => ChangeEmitter;

/** Hands the changes in the records of a partition to the emitter of that partition; what is none is rejected. */
export function createRecordReader({ mapping, contract, logger, clock }: ReplicationTask, rows: DocumentRows, emitters: PartitionEmitters, onRejected: (record: RejectedRecord) => void) {
  const known = new WeakMap<PartitionPosition, ChangeEmitter>();
  const emitterOf = (position: PartitionPosition): ChangeEmitter => {
    const emitter = known.get(position) ?? emitters(position.micros, (micros) => { position.micros = micros; });
    known.set(position, emitter);
    return emitter;
  };

  const emitControl = (emitter: ChangeEmitter, { schema, table, control, details }: TopicControl): void => {
    if (!mapping.select(schema, table)) return;
    const mapped = mapping.map(schema, table, []);
    if (control === 'truncate-table') logger.log('error', 'source.table_truncated', { table: mapped.tableName, remedy: 'its rows stay in the lake: delete them at the source row by row, or load the table anew' });
    emitter.control(mapped, control, details === undefined ? undefined : (JSON.parse(details) as object));
  };

  /** Returns why the change cannot go out. */
  const emitChange = (emitter: ChangeEmitter, change: TopicChange): string | undefined => {
    const isKeyOnly = change.isKeyOnly ?? false;
    const planned = rows.plan(change, change.row);
    if (planned === undefined) return undefined;
    if ('problem' in planned) return planned.problem;
    const lacking = planned.plan.keyIndexes.length < change.key.length || change.key.length === 0;
    if (lacking && change.operation === 'delete') return `a delete that does not say its key; expected ${change.key.join(', ') || 'a record key or a contract that names it'}`;
    const row = rowOf(planned, change.row, isKeyOnly);
    if (change.operation === 'insert') emitter.insert(planned, row);
    else if (change.operation === 'update') emitter.update(planned, row, change.before && rowOf(planned, change.before, false), false);
    else emitter.delete(planned, row, isKeyOnly);
    return undefined;
  };

  return (topic: string, partition: number, position: PartitionPosition, records: readonly TopicRecord[]): void => {
    const emitter = emitterOf(position);
    for (const { offset, timestampMs, key, value } of records) {
      const read = readTopicRecord(topic, { key, value }, (table) => contract?.keyOf(table));
      if (read === undefined) continue;
      let reason = 'problem' in read ? read.problem : undefined;
      if (!('problem' in read)) {
        const recordMicros = timestampMs > 0n ? timestampMs * 1000n : 0n;
        emitter.begin('control' in read ? recordMicros : read.commitMicros ?? recordMicros, ('transactionId' in read && read.transactionId) || '', recordPositionHead(partition, offset));
        if ('control' in read) emitControl(emitter, read);
        else reason = emitChange(emitter, read);
        emitter.commit('');
      }
      if (reason !== undefined) onRejected({ origin: `${topic}:${partition}:${offset}`, reason, arrivedAt: clock.now(), key, value });
    }
  };
}
