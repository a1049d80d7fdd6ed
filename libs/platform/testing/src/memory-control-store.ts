import type { ControlRecord } from '@data-master/control-records';
import { checkControlChanges, type ControlStore, type LakeEvent, type Outbox } from '@data-master/ports';

/** Events in memory. */
export function createMemoryOutbox(): Outbox {
  const events = new Map<string, LakeEvent>();
  return {
    async append(added) {
      for (const event of added) if (!events.has(event.id)) events.set(event.id, structuredClone(event));
    },
    pending: async (limit) => structuredClone([...events.values()].slice(0, limit)),
    async acknowledge(eventIds) {
      for (const eventId of eventIds) events.delete(eventId);
    },
  };
}

/** Control records in memory; the events of its commits go to `outbox`. */
export function createMemoryControlStore(outbox: Outbox = createMemoryOutbox()): ControlStore {
  let records = new Map<string, ControlRecord>();
  const ordered = (matches: (record: ControlRecord) => boolean) =>
    structuredClone([...records.values()].filter(matches).sort((a, b) => compareText(a.created_at, b.created_at) || compareText(a.control_id, b.control_id)));
  return {
    get: async (controlId) => structuredClone(records.get(controlId)),
    async commit(changes) {
      checkControlChanges(changes);
      const next = new Map(records);
      const events: LakeEvent[] = [];
      for (const change of changes) {
        const record = structuredClone('insert' in change ? change.insert : change.next);
        const stored = next.get(record.control_id);
        if ('insert' in change) {
          if (stored) continue;
        } else if (stored?.version !== change.previous.version) return false;
        next.set(record.control_id, record);
        if (record.status === 'pending') events.push({ type: 'control.pending', id: `${record.control_id}:${record.version}`, record });
      }
      records = next;
      await outbox.append(events);
      return true;
    },
    async *query({ schemaName, tableName, status }) {
      yield* ordered(
        (record) =>
          (schemaName === undefined || record.schema_name === schemaName) &&
          (tableName === undefined || record.table_name === tableName) &&
          (status === undefined || record.status === status),
      );
    },
    byObjectKey: async (objectKey) => ordered((record) => record.object_key === objectKey),
    byChecksum: async (tableName, checksum) => ordered((record) => record.table_name === tableName && record.checksum === checksum),
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
