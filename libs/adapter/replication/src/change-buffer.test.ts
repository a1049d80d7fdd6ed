import { describe, expect, it } from '@jest/globals';
import type { StreamEvent } from '@data-master/change-events';
import fc from 'fast-check';
import { createChangeBuffer, type ChangeBatch, type ChangeBufferOptions } from './change-buffer.ts';

const event = (name: string): StreamEvent => ({ kind: 'control', operation: name, schemaName: '', tableName: '', timestamp: '' });
const buffer = (write: (batch: ChangeBatch) => Promise<void>, more: Partial<ChangeBufferOptions> = {}) =>
  createChangeBuffer({ limitBytes: 100, flushMs: 1_000_000, write, onPressure: () => undefined, onError: () => undefined, ...more });

describe('a buffer of changes', () => {
  it('writes every event once and in order, and marks only ends that are written', async () => {
    const step = fc.oneof(fc.integer({ min: 1, max: 120 }).map((size) => ({ size })), fc.constant('commit' as const), fc.constant('wait' as const));
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const written: string[] = [];
      const marks: [end: number, written: number][] = [];
      let running = 0;
      const own = buffer(async ({ events, endPosition }) => {
        running += 1;
        expect(running).toBe(1);
        await Promise.resolve();
        written.push(...events.map(({ operation }) => operation));
        if (endPosition !== undefined) marks.push([Number(endPosition), written.length]);
        running -= 1;
      });
      let added = 0;
      for (const each of steps) {
        if (each === 'commit') own.commit(String(added), BigInt(added));
        else if (each === 'wait') await new Promise(setImmediate);
        else own.add(event(String(added++)), each.size);
      }
      await own.drain();
      expect(written).toEqual(Array.from({ length: added }, (_, index) => String(index)));
      for (const [end, count] of marks) expect(end).toBeLessThanOrEqual(count);
      expect(own.isIdle()).toBe(true);
      own.close();
    }));
  });

  it('stops its source while one batch is written and the next is full, and lets it go on afterwards', async () => {
    const pressure: boolean[] = [];
    const gate = Promise.withResolvers<void>();
    const own = buffer(() => gate.promise, { onPressure: (isFull) => void pressure.push(isFull) });
    own.add(event('a'), 100);
    expect(pressure).toEqual([]);
    own.add(event('b'), 1000);
    expect(pressure).toEqual([true]);
    gate.resolve();
    await own.drain();
    expect(pressure).toEqual([true, false]);
  });

  it('writes what is small after a while', async () => {
    const written = Promise.withResolvers<ChangeBatch>();
    const own = buffer(async (batch) => written.resolve(batch), { flushMs: 5 });
    own.add(event('a'), 1);
    own.commit('7', 3n);
    expect(await written.promise).toMatchObject({ events: [{ operation: 'a' }], endPosition: '7', commitMicros: 3n });
  });

  it('takes nothing more after a batch could not be written, and says why', async () => {
    const errors: unknown[] = [];
    const own = buffer(() => Promise.reject(new Error('no room')), { onError: (error) => void errors.push(error) });
    own.add(event('a'), 100);
    await own.drain();
    own.add(event('b'), 100);
    expect(errors).toMatchObject([{ message: 'no room' }]);
  });
});
