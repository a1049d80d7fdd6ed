import { describe, expect, test } from '@jest/globals';
import { createMemoryObjectStore } from '@data-master/testing';
import type { ObjectStore } from '@data-master/ports';
import { createObjectSink } from './object-sink.ts';
import { readText } from './testing/samples.ts';

describe('an object sink', () => {
  test('writes its pieces in order', async () => {
    const store = createMemoryObjectStore();
    const sink = createObjectSink(store, 'a');
    for (const piece of ['one ', 'two ', 'three']) await sink.push(Buffer.from(piece));
    expect(await sink.close()).toMatchObject({ key: 'a', sizeBytes: 13 });
    expect(await readText(store, 'a')).toBe('one two three');
  });

  test('writes nothing without pieces', async () => {
    const store = createMemoryObjectStore();
    expect(await createObjectSink(store, 'a').close()).toBeUndefined();
    expect(await store.head('a')).toBeUndefined();
  });

  test('leaves no object when it is given up', async () => {
    const store = createMemoryObjectStore();
    const sink = createObjectSink(store, 'a');
    await sink.push(Buffer.from('one'));
    await sink.abort(new Error('given up'));
    expect(await store.head('a')).toBeUndefined();
  });

  test('passes on the failure of the store', async () => {
    const failing: ObjectStore = {
      ...createMemoryObjectStore(),
      write: async (_key, body) => {
        for await (const piece of body as AsyncIterable<Uint8Array>) if (piece.length > 0) throw new Error('disk full');
        throw new Error('no piece');
      },
    };
    const sink = createObjectSink(failing, 'a');
    const push = async (): Promise<void> => {
      for (let count = 0; count < 10; count++) await sink.push(Buffer.from('x'));
      await sink.close();
    };
    await expect(push()).rejects.toThrow('disk full');
    await sink.abort(new Error('given up'));
  });
});
