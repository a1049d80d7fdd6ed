import type { Clock, Queue } from '@data-master/ports';
import type { LakeDatabase } from './lake-database.ts';
import { groupWrites, type Prepare } from './sqlite-database.ts';

export interface NewMessage {
  queue: string;
  messageId: string;
  body: unknown;
  visibleAtMs: number;
}

/** A receive ends with the message by which it has more characters of bodies than this. */
const receiveCharacters = 16 * 1024 * 1024;

/** Adds a message inside the caller's transaction, unless its id waits in the queue. */
export function insertMessage(sql: Prepare, { queue, messageId, body, visibleAtMs }: NewMessage): void {
  sql(
    `INSERT INTO queue_messages (queue, message_id, body, visible_at_ms, receive_count) VALUES (?, ?, ?, ?, 0)
     ON CONFLICT (queue, message_id) DO NOTHING`,
  ).run(queue, messageId, JSON.stringify(body), visibleAtMs);
}

/**
 * The queue `name` of the lake's database; bodies are held as JSON. What is sent or acknowledged at once shares a
 * transaction. One receive gives some 16 MB of bodies at most, however many messages are asked for.
 */
export function createSqliteQueue<Body>(database: LakeDatabase, name: string, clock: Clock): Queue<Body> {
  const now = () => clock.now().getTime();
  const inGroup = groupWrites(database);
  return {
    send: (messageId, body, { delayMs = 0 } = {}) =>
      inGroup((sql) => insertMessage(sql, { queue: name, messageId, body, visibleAtMs: now() + delayMs })),
    receive: ({ limit, visibilityMs }) =>
      database.write((sql) => {
        const rows = sql(
          `UPDATE queue_messages SET visible_at_ms = ?, receive_count = receive_count + 1 WHERE position IN
             (SELECT position FROM (SELECT position, sum(characters) OVER (ORDER BY position) - characters AS before FROM
                (SELECT position, length(body) AS characters FROM queue_messages WHERE queue = ? AND visible_at_ms <= ? ORDER BY position LIMIT ?))
              WHERE before < ?)
           RETURNING position, message_id, body, receive_count`,
        ).all(now() + visibilityMs, name, now(), limit, receiveCharacters);
        return rows
          .sort((a, b) => Number(a['position']) - Number(b['position']))
          .map((row) => ({
            messageId: String(row['message_id']),
            body: JSON.parse(String(row['body'])) as Body,
            receiveCount: Number(row['receive_count']),
          }));
      }),
    acknowledge: (messageId) => inGroup((sql) => remove(sql, name, messageId)),
    release: (messageId, delayMs) =>
      database.write((sql) => {
        sql('UPDATE queue_messages SET visible_at_ms = ? WHERE queue = ? AND message_id = ?').run(now() + delayMs, name, messageId);
      }),
    reject: (messageId, reason) =>
      database.write((sql) => {
        sql(
          `INSERT INTO queue_rejected (queue, message_id, body, receive_count, reason, rejected_at_ms)
           SELECT queue, message_id, body, receive_count, ?, ? FROM queue_messages WHERE queue = ? AND message_id = ?`,
        ).run(reason, now(), name, messageId);
        remove(sql, name, messageId);
      }),
    size: () =>
      database.read((sql) => ({
        waiting: Number(sql('SELECT count(*) AS n FROM queue_messages WHERE queue = ?').get(name)?.['n']),
        rejected: Number(sql('SELECT count(*) AS n FROM queue_rejected WHERE queue = ?').get(name)?.['n']),
      })),
  };
}

/**
 * Makes the hidden messages of all queues visible: what a killed process had received, and what was delayed. For a start,
 * before any receiver; receivers of other processes may then meet a message that is under work.
 */
export function revealMessages(database: LakeDatabase, clock: Clock): Promise<void> {
  const nowMs = clock.now().getTime();
  return database.write((sql) => void sql('UPDATE queue_messages SET visible_at_ms = ? WHERE visible_at_ms > ?').run(nowMs, nowMs));
}

/** Whether an event waits in the outbox, or a visible message in one of the queues. */
export function hasWork(database: LakeDatabase, clock: Clock, queues: readonly string[]): Promise<boolean> {
  const nowMs = clock.now().getTime();
  return database.read((sql) =>
    sql('SELECT 1 FROM outbox LIMIT 1').get() !== undefined
    || queues.some((queue) => sql('SELECT 1 FROM queue_messages WHERE queue = ? AND visible_at_ms <= ? LIMIT 1').get(queue, nowMs) !== undefined));
}

function remove(sql: Prepare, queue: string, messageId: string): void {
  sql('DELETE FROM queue_messages WHERE queue = ? AND message_id = ?').run(queue, messageId);
}
