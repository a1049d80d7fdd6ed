import type { Clock, LakeEvent } from '@data-master/ports';
import type { LakeDatabase } from './lake-database.ts';
import { readEvents, removeEvents } from './sqlite-outbox.ts';
import { insertMessage } from './sqlite-queue.ts';

/** Where an event goes: a queue of the same database, as a message with this id and body. */
export interface Delivery {
  queue: string;
  messageId: string;
  body: unknown;
  delayMs?: number;
}

/**
 * Moves waiting events from the outbox into queues, in one transaction, so that each event arrives exactly once; an event
 * with no deliveries is dropped. Returns how many events were moved; zero means that the outbox is empty.
 */
export function relayEvents(
  database: LakeDatabase,
  clock: Clock,
  route: (event: LakeEvent) => Delivery[],
  { limit = 1000 }: { limit?: number } = {},
): Promise<number> {
  return database.write((sql) => {
    const events = readEvents(sql, limit);
    const nowMs = clock.now().getTime();
    for (const { delayMs = 0, ...message } of events.flatMap(route)) insertMessage(sql, { ...message, visibleAtMs: nowMs + delayMs });
    removeEvents(sql, events.map((event) => event.id));
    return events.length;
  });
}
