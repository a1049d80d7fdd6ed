import { describe, expect, it } from '@jest/globals';
import type { LakeEvent, Outbox, Queue, Schedules } from '@data-master/ports';
import { createManualClock, type ManualClock } from './environment.ts';
import { perTest, type Setup } from './per-test.ts';

/** A setup that also gets the clock of the test. */
export type ClockedSetup<Parts> = (clock: ManualClock, onEnd: (clean: () => unknown) => void) => Promise<Parts>;

function clocked<Parts>(setup: ClockedSetup<Parts>): Setup<{ clock: ManualClock; part: Parts }> {
  return async (onEnd) => {
    const clock = createManualClock();
    return { clock, part: await setup(clock, onEnd) };
  };
}

function written(id: string): LakeEvent {
  return { type: 'object.created', id, objectKey: `raw/${id}`, sizeBytes: 1 };
}

/** The contract of Outbox. */
export function describeOutbox(name: string, setup: Setup<Outbox>): void {
  describe(`${name} keeps the contract of an outbox`, () => {
    const outbox = perTest(setup);

    it('gives the oldest events until they are acknowledged', async () => {
      await outbox().append([written('b'), written('a')]);
      await outbox().append([written('c')]);
      expect(await outbox().pending(2)).toEqual([written('b'), written('a')]);
      await outbox().acknowledge(['b', 'unknown']);
      expect(await outbox().pending(10)).toEqual([written('a'), written('c')]);
    });

    it('keeps an event once, however often it is appended', async () => {
      await Promise.all(Array.from({ length: 50 }, () => outbox().append([written('a')])));
      expect(await outbox().pending(100)).toEqual([written('a')]);
    });

    it('takes an empty list', async () => {
      await outbox().append([]);
      await outbox().acknowledge([]);
      expect(await outbox().pending(1)).toEqual([]);
    });
  });
}

/** What every Queue keeps to, by times in units of `unitMs`. */
export function describeQueue(name: string, setup: ClockedSetup<Queue<{ n: number }>>, unitMs = 1): void {
  describe(`${name} keeps the contract of a queue`, () => {
    const parts = perTest(clocked(setup));
    const queue = () => parts().part;
    const advance = (units: number) => parts().clock.advance(units * unitMs);
    const receive = (limit = 10) => queue().receive({ limit, visibilityMs: 1000 * unitMs });
    const idsOf = async (limit = 10) => (await receive(limit)).map(({ messageId }) => messageId);

    it('delivers a message to one receiver', async () => {
      await queue().send('m', { n: 3 });
      expect(await receive(2)).toEqual([{ messageId: 'm', body: { n: 3 }, receiveCount: 1 }]);
      expect(await idsOf()).toEqual([]);
    });

    it('gives each of 100 messages to exactly one of 20 concurrent receivers', async () => {
      for (let n = 0; n < 100; n++) await queue().send(`m${n}`, { n });
      const received = (await Promise.all(Array.from({ length: 20 }, () => receive(7)))).flat();
      expect(received).toHaveLength(100);
      expect(new Set(received.map(({ messageId }) => messageId)).size).toBe(100);
    });

    it('delivers again when the visibility ends, and counts it', async () => {
      await queue().send('m', { n: 1 });
      await receive();
      advance(999);
      expect(await idsOf()).toEqual([]);
      advance(1);
      expect(await receive()).toEqual([{ messageId: 'm', body: { n: 1 }, receiveCount: 2 }]);
    });

    it('does not deliver what was acknowledged', async () => {
      await queue().send('m', { n: 1 });
      await receive();
      await queue().acknowledge('m');
      await queue().acknowledge('m');
      advance(10_000);
      expect(await idsOf()).toEqual([]);
      expect(await queue().size()).toEqual({ waiting: 0, rejected: 0 });
    });

    it('holds a delayed message back', async () => {
      await queue().send('later', { n: 1 }, { delayMs: 500 * unitMs });
      await queue().send('now', { n: 2 });
      expect(await idsOf()).toEqual(['now']);
      advance(500);
      expect(await idsOf()).toEqual(['later']);
    });

    it('makes a released message visible after the delay', async () => {
      await queue().send('m', { n: 1 });
      await receive();
      await queue().release('m', 50 * unitMs);
      expect(await idsOf()).toEqual([]);
      advance(50);
      expect(await idsOf()).toEqual(['m']);
    });

    it('puts a rejected message aside, out of reach of receivers', async () => {
      await queue().send('m', { n: 1 });
      await receive();
      await queue().reject('m', 'table unknown');
      await queue().reject('m', 'table unknown');
      advance(10_000);
      expect(await idsOf()).toEqual([]);
      expect(await queue().size()).toEqual({ waiting: 0, rejected: 1 });
    });

    it('counts hidden messages as waiting', async () => {
      await queue().send('m', { n: 1 });
      await queue().send('later', { n: 2 }, { delayMs: 500 * unitMs });
      await receive();
      expect(await queue().size()).toEqual({ waiting: 2, rejected: 0 });
    });
  });
}

/** What a Queue keeps to that is also ordered and knows its messages by their ids. */
export function describeOrderedQueue(name: string, setup: ClockedSetup<Queue<{ n: number }>>): void {
  describeQueue(name, setup);
  describe(`${name} keeps the contract of an ordered queue`, () => {
    const parts = perTest(clocked(setup));
    const queue = () => parts().part;
    const receive = (limit = 10) => queue().receive({ limit, visibilityMs: 1000 });

    it('delivers in the order of sending', async () => {
      for (const n of [3, 1, 2]) await queue().send(`m${n}`, { n });
      expect((await receive(2)).map(({ messageId }) => messageId)).toEqual(['m3', 'm1']);
      expect((await receive(2)).map(({ messageId }) => messageId)).toEqual(['m2']);
    });

    it('adds a message of a known id once, and again after it was acknowledged', async () => {
      await Promise.all(Array.from({ length: 50 }, (_, n) => queue().send('m', { n })));
      expect(await receive()).toHaveLength(1);
      await queue().send('m', { n: 99 });
      expect(await queue().size()).toEqual({ waiting: 1, rejected: 0 });
      await queue().acknowledge('m');
      await queue().send('m', { n: 7 });
      expect(await receive()).toEqual([{ messageId: 'm', body: { n: 7 }, receiveCount: 1 }]);
    });
  });
}

/** The contract of Schedules; `open` gives an instance as after a restart. */
export function describeSchedules(name: string, setup: ClockedSetup<{ open(): Schedules }>): void {
  const dayMs = 86_400_000;
  const hourMs = 3_600_000;
  const silver = { name: 'silver', everyMs: dayMs, offsetMs: 6 * hourMs };
  const gold = { name: 'gold', everyMs: dayMs, offsetMs: 7 * hourMs };

  describe(`${name} keeps the contract of schedules`, () => {
    const parts = perTest(clocked(setup));
    const open = () => parts().part.open();

    it('is due at the aligned time, in the order of the times, until completed', async () => {
      const schedules = open();
      await schedules.define(gold);
      await schedules.define(silver);
      parts().clock.advance(6 * hourMs - 1);
      expect(await schedules.due()).toEqual([]);
      parts().clock.advance(1);
      expect(await schedules.due()).toEqual(['silver']);
      parts().clock.advance(hourMs);
      expect(await schedules.due()).toEqual(['silver', 'gold']);
      await schedules.complete('silver');
      expect(await schedules.due()).toEqual(['gold']);
      parts().clock.advance(23 * hourMs);
      expect(await schedules.due()).toEqual(['gold', 'silver']);
    });

    it('is due once after a restart, however many times it missed', async () => {
      await open().define(silver);
      parts().clock.advance(5 * dayMs);
      const restarted = open();
      await restarted.define(silver);
      expect(await restarted.due()).toEqual(['silver']);
      await restarted.complete('silver');
      expect(await restarted.due()).toEqual([]);
      parts().clock.advance(6 * hourMs);
      expect(await restarted.due()).toEqual(['silver']);
    });

    it('follows a changed definition from its next time on', async () => {
      const schedules = open();
      await schedules.define(silver);
      parts().clock.advance(7 * hourMs);
      await schedules.define({ ...silver, everyMs: hourMs, offsetMs: 0 });
      expect(await schedules.due()).toEqual([]);
      parts().clock.advance(hourMs);
      expect(await schedules.due()).toEqual(['silver']);
    });

    it('refuses to complete what was not defined and to define what never comes', async () => {
      await expect(open().complete('nothing')).rejects.toThrow('nothing');
      await expect(open().define({ name: 'never', everyMs: 0, offsetMs: 0 })).rejects.toThrow('never');
    });
  });
}
