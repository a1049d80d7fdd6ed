import type { LakeEvent, Outbox } from '@data-master/ports';
import type { LakeDatabase } from './lake-database.ts';
import type { Prepare } from './sqlite-database.ts';

/** Adds events to the outbox inside the caller's transaction. */
export function appendEvents(sql: Prepare, events: LakeEvent[]): void {
  const insert = sql('INSERT INTO outbox (event_id, event) VALUES (?, ?) ON CONFLICT (event_id) DO NOTHING');
  for (const event of events) insert.run(event.id, JSON.stringify(event));
}

/** The oldest events, in the order of their commits. */
export function readEvents(sql: Prepare, limit: number): LakeEvent[] {
  return sql('SELECT event FROM outbox ORDER BY position LIMIT ?')
    .all(limit)
    .map((row) => JSON.parse(String(row['event'])) as LakeEvent);
}

/** Takes relayed events out of the outbox, inside the caller's transaction. */
export function removeEvents(sql: Prepare, eventIds: string[]): void {
  const remove = sql('DELETE FROM outbox WHERE event_id = ?');
  for (const eventId of eventIds) remove.run(eventId);
}

/** The events that wait in the lake's database. */
export function createSqliteOutbox(database: LakeDatabase): Outbox {
  return {
    append: (events) => database.write((sql) => appendEvents(sql, events)),
    pending: (limit) => database.read((sql) => readEvents(sql, limit)),
    acknowledge: (eventIds) => database.write((sql) => removeEvents(sql, eventIds)),
  };
}
