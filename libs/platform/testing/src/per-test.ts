import { afterEach, beforeEach } from '@jest/globals';

/** Makes the parts of one test; what it hands to `onEnd` runs after the test, last first. */
export type Setup<Parts> = (onEnd: (clean: () => unknown) => void) => Promise<Parts>;

/** Runs `setup` before each test of the surrounding block; the returned function gives the parts of the current test. */
export function perTest<Parts>(setup: Setup<Parts>): () => Parts {
  let parts: { value: Parts } | undefined;
  const cleaners: (() => unknown)[] = [];
  beforeEach(async () => {
    parts = { value: await setup((clean) => cleaners.unshift(clean)) };
  });
  afterEach(async () => {
    parts = undefined;
    for (const clean of cleaners.splice(0)) await clean();
  });
  return () => {
    if (!parts) throw new Error('parts are made per test; expected a running test; ask for them inside `it`');
    return parts.value;
  };
}

/** All items of a stream. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
