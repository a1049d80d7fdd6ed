import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { LakeEvent } from '@data-master/ports';
import { createManualClock, perTest } from '@data-master/testing';
import { createSqliteOutbox, createSqliteQueue, openLakeDatabase, relayEvents } from './index.ts';
import { makeTemporaryFolder } from './testdata/temporary-folder.ts';

const parts = perTest(async (onEnd) => {
  const database = await openLakeDatabase(join(await makeTemporaryFolder(onEnd), 'lake.sqlite'));
  onEnd(() => database.close());
  const clock = createManualClock();
  return { database, clock, outbox: createSqliteOutbox(database), queue: createSqliteQueue<LakeEvent>(database, 'work', clock) };
});

function written(id: string): LakeEvent {
  return { type: 'object.created', id, objectKey: id, sizeBytes: 1 };
}

function toWork(event: LakeEvent) {
  return [{ queue: 'work', messageId: event.id, body: event }];
}

it('moves events into queues in their order, each once', async () => {
  const { database, clock, outbox, queue } = parts();
  await outbox.append(['c', 'a', 'b'].map(written));
  const moved = await Promise.all(Array.from({ length: 10 }, () => relayEvents(database, clock, toWork, { limit: 2 })));
  expect(moved.reduce((sum, count) => sum + count)).toBe(3);
  expect(await outbox.pending(10)).toEqual([]);
  expect((await queue.receive({ limit: 10, visibilityMs: 1000 })).map(({ body }) => body)).toEqual(['c', 'a', 'b'].map(written));
});

it('delivers an event to several queues, with a delay, or nowhere', async () => {
  const { database, clock, outbox, queue } = parts();
  await outbox.append([written('both'), written('none')]);
  const route = (event: LakeEvent) =>
    event.id === 'none' ? [] : [...toWork(event), { queue: 'later', messageId: event.id, body: event.id, delayMs: 100 }];
  expect(await relayEvents(database, clock, route)).toBe(2);
  const later = createSqliteQueue<string>(database, 'later', clock);
  expect(await queue.receive({ limit: 10, visibilityMs: 1000 })).toHaveLength(1);
  expect(await later.receive({ limit: 10, visibilityMs: 1000 })).toEqual([]);
  clock.advance(100);
  expect(await later.receive({ limit: 10, visibilityMs: 1000 })).toEqual([{ messageId: 'both', body: 'both', receiveCount: 1 }]);
  expect(await outbox.pending(10)).toEqual([]);
});

it('moves nothing when the route fails', async () => {
  const { database, clock, outbox, queue } = parts();
  await outbox.append([written('a'), written('b')]);
  const failing = (event: LakeEvent) => {
    if (event.id === 'b') throw new Error('no route');
    return toWork(event);
  };
  await expect(relayEvents(database, clock, failing)).rejects.toThrow('no route');
  expect(await outbox.pending(10)).toHaveLength(2);
  expect(await queue.size()).toEqual({ waiting: 0, rejected: 0 });
});
