import { gzipSync } from 'node:zlib';
import {
  acceptEvents, eventQuarantine, maxEventBytes, openSchemaRepository, publishSchemas, readSchemas, sendEvents, writeEventBatch,
  type DeadEvent, type FileEvent, type SchemaRepository, type SchemaSource, type SentEvents, type ValidEvent,
} from '@data-master/events';
import type { Clock, Logger, ObjectStore, Outbox, Queue, QueueMessage } from '@data-master/ports';

/** The queues between the sender of events and raw. */
export interface EventQueues {
  raw: Queue<string>;
  valid: Queue<{ text: string; sentAt: string }>;
  dead: Queue<DeadEvent>;
}

export interface EventPorts {
  queues: EventQueues;
  /** Holds schemas, raw and quarantine. */
  store: ObjectStore;
  outbox: Outbox;
  clock: Clock;
  logger: Logger;
}

export interface EventCounts {
  /** Sent and not yet in raw. */
  waiting: number;
  /** On the dead-letter queue. */
  dead: number;
  /** Objects of quarantine that say why. */
  quarantined: number;
}

/** The way of events from their sender to raw. */
export interface EventFlow {
  /** Adds schemas to those of the lake; TerminalError when one differs from what was published under its number. */
  publishSchemas(sources: readonly SchemaSource[]): Promise<void>;
  /** Puts the events of a file on the queue of raw events; `source` names the file. */
  send(events: AsyncIterable<FileEvent>, source: string): Promise<SentEvents>;
  /** Judges events that wait, or writes a batch of valid ones to raw; false when there was nothing to do. */
  run(): Promise<boolean>;
  /** Events that this process brought to raw, and to quarantine. */
  readonly settled: { written: number; quarantined: number };
  counts(): Promise<EventCounts>;
}

const visibilityMs = 60 * 60_000;
const receiveLimit = 10_000;
/** A batch is written when it has this many events or bytes, or when no more are waiting. */
const batchEvents = 20_000;
const batchBytes = 16 * 1024 * 1024;

export function createEventFlow({ queues, store, outbox, clock, logger }: EventPorts): EventFlow {
  const settled = { written: 0, quarantined: 0 };
  const repositoryOf = createRepositoryReader(store);
  const refusing = { quarantine: store, dead: queues.dead, clock };
  const valid: Pick<Queue<string>, 'send'> = { send: (messageId, text) => queues.valid.send(messageId, { text, sentAt: clock.now().toISOString() }) };
  const raw: Pick<ObjectStore, 'write'> = {
    write: async (objectKey, body, options) => {
      const info = await store.write(objectKey, body, options);
      await outbox.append([{ type: 'object.created', id: `object:${objectKey}:${info.sizeBytes}`, objectKey, sizeBytes: info.sizeBytes }]);
      return info;
    },
  };
  const json = { maxEventBytes, deliver: async ({ rawKey, lines }: { rawKey: string; lines: string[] }) => void (await raw.write(rawKey, gzipSync(`${lines.join('\n')}\n`))) };

  const accept = async (): Promise<boolean> => {
    const messages = await queues.raw.receive({ limit: receiveLimit, visibilityMs });
    if (messages.length === 0) return false;
    const { invalid, failedIds } = await acceptEvents(messages, { ...refusing, valid, repository: await repositoryOf(), logger });
    settled.quarantined += invalid;
    await giveBack(queues.raw, messages, failedIds);
    return true;
  };

  const write = async (): Promise<boolean> => {
    const messages: QueueMessage<{ text: string; sentAt: string }>[] = [];
    for (let sizeBytes = 0; messages.length < batchEvents && sizeBytes < batchBytes;) {
      const received = await queues.valid.receive({ limit: receiveLimit, visibilityMs });
      if (received.length === 0) break;
      messages.push(...received);
      sizeBytes += received.reduce((sum, { body }) => sum + body.text.length, 0);
    }
    if (messages.length === 0) return false;
    const events = messages.map(({ messageId, body }): ValidEvent => ({ messageId, body: body.text, sentAt: new Date(body.sentAt) }));
    const { written, quarantined, failedIds } = await writeEventBatch(events, { ...refusing, raw, json, prefix: 'dm', repository: await repositoryOf(), logger });
    settled.written += written;
    settled.quarantined += quarantined;
    await giveBack(queues.valid, messages, failedIds);
    return true;
  };

  return {
    settled,
    publishSchemas: (sources) => publishSchemas(sources, store),
    async send(events, source) {
      const result = await sendEvents(events, source, { ...refusing, raw: queues.raw });
      settled.quarantined += result.refused.length;
      return result;
    },
    run: async () => (await accept()) || write(),
    async counts() {
      const [waitingRaw, waitingValid, dead] = await Promise.all([queues.raw.size(), queues.valid.size(), queues.dead.size()]);
      let quarantined = 0;
      for await (const _object of store.list(eventQuarantine)) quarantined += 1;
      return { waiting: waitingRaw.waiting + waitingValid.waiting, dead: dead.waiting, quarantined };
    },
  };
}

/** Acknowledges what is done, and makes the rest visible again after a while. */
async function giveBack(queue: Pick<Queue<unknown>, 'release' | 'acknowledge'>, messages: readonly QueueMessage<unknown>[], failedIds: readonly string[]): Promise<void> {
  const failed = new Set(failedIds);
  await Promise.all(messages.map(({ messageId, receiveCount }) =>
    (failed.has(messageId) ? queue.release(messageId, 1_000 * 2 ** Math.min(receiveCount, 6)) : queue.acknowledge(messageId))));
}

/** The schemas of the lake, compiled again when another process has added some. */
function createRepositoryReader(store: ObjectStore): () => Promise<SchemaRepository> {
  let known: { keys: string; repository: SchemaRepository } | undefined;
  return async () => {
    const keys: string[] = [];
    for await (const { key } of store.list('schemas/')) keys.push(key);
    if (known?.keys !== keys.join('\n')) known = { keys: keys.join('\n'), repository: openSchemaRepository(await readSchemas(store)) };
    return known.repository;
  };
}
