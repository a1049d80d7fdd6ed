import { expect, it } from '@jest/globals';
import { createManualClock, createMemoryLogger } from '@data-master/testing';
import { keepFresh } from './index.ts';

function makeParts() {
  return { clock: createManualClock(), logger: createMemoryLogger(), maxAgeMs: 1_000 };
}

it('loads a value again once it is old, and not before', async () => {
  const parts = makeParts();
  let loads = 0;
  const value = keepFresh('count', async () => (loads += 1), parts);
  expect(await value()).toBe(1);
  parts.clock.advance(999);
  expect(await value()).toBe(1);
  parts.clock.advance(1);
  expect([await value(), await value()]).toEqual([2, 2]);
});

it('keeps what it has when it cannot be loaded again, says so, and tries once it is old again', async () => {
  const parts = makeParts();
  let loads = 0;
  const value = keepFresh('count', async () => {
    loads += 1;
    if (loads === 2) throw new Error('no connection');
    return loads;
  }, parts);
  expect(await value()).toBe(1);
  parts.clock.advance(1_000);
  expect([await value(), await value()]).toEqual([1, 1]);
  expect(parts.logger.entries).toMatchObject([{ level: 'error', event: 'count.stale', fields: { error: { message: 'no connection' } } }]);
  parts.clock.advance(1_000);
  expect(await value()).toBe(3);
});

it('throws as long as it has none', async () => {
  let loads = 0;
  const value = keepFresh('count', async () => {
    loads += 1;
    if (loads === 1) throw new Error('none');
    return loads;
  }, makeParts());
  await expect(value()).rejects.toThrow('none');
  expect(await value()).toBe(2);
});
