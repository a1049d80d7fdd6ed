import { describe, expect, it } from '@jest/globals';
import { ObjectExistsError, ObjectMissingError, TerminalError, type ObjectStore } from '@data-master/ports';
import { collect, perTest, type Setup } from './per-test.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** The contract of ObjectStore. */
export function describeObjectStore(name: string, setup: Setup<ObjectStore>): void {
  describe(`${name} keeps the contract of an object store`, () => {
    const store = perTest(setup);
    const textOf = async (key: string) => Buffer.concat(await collect(store().read(key))).toString();
    const keysOf = async (prefix: string) => (await collect(store().list(prefix))).map(({ key }) => key);

    it('gives back what was written', async () => {
      const info = await store().write('raw/beer/a.csv', bytesOf('hops'));
      expect(info).toMatchObject({ key: 'raw/beer/a.csv', sizeBytes: 4 });
      expect(await textOf('raw/beer/a.csv')).toBe('hops');
      expect(await store().head('raw/beer/a.csv')).toEqual(info);
      expect(info.modifiedAt.toISOString()).toMatch(/Z$/);
    });

    it('keeps an empty object', async () => {
      await store().write('empty', new Uint8Array());
      expect(await textOf('empty')).toBe('');
      expect(await store().head('empty')).toMatchObject({ sizeBytes: 0 });
    });

    it('says that an object is missing', async () => {
      await store().write('raw/beer/a.csv', bytesOf('hops'));
      for (const key of ['nothing', 'raw', 'raw/beer', 'raw/beer/a.csv/b']) {
        expect(await store().head(key)).toBeUndefined();
        await expect(collect(store().read(key))).rejects.toBeInstanceOf(ObjectMissingError);
        await expect(store().readRange(key, 0, 1)).rejects.toBeInstanceOf(ObjectMissingError);
      }
    });

    it.each([
      { start: 0, end: 3, text: 'abc' },
      { start: 2, end: 4, text: 'cd' },
      { start: 4, end: 100, text: 'ef' },
      { start: 3, end: 3, text: '' },
      { start: 6, end: 9, text: '' },
      { start: 50, end: 60, text: '' },
    ])('reads the range $start to $end of abcdef as "$text"', async ({ start, end, text }) => {
      await store().write('letters', bytesOf('abcdef'));
      expect(await store().readRange('letters', start, end)).toEqual(bytesOf(text));
    });

    it('refuses a range that ends before it starts', async () => {
      await store().write('letters', bytesOf('abcdef'));
      await expect(store().readRange('letters', 3, 2)).rejects.toBeInstanceOf(TerminalError);
      await expect(store().readRange('letters', -1, 2)).rejects.toBeInstanceOf(TerminalError);
    });

    it('replaces an object', async () => {
      await store().write('beer', bytesOf('a longer old text'));
      await store().write('beer', bytesOf('new'));
      expect(await textOf('beer')).toBe('new');
    });

    it('does not replace an object when asked to write only if absent', async () => {
      await store().write('beer', bytesOf('first'), { ifAbsent: true });
      await expect(store().write('beer', bytesOf('second'), { ifAbsent: true })).rejects.toBeInstanceOf(ObjectExistsError);
      expect(await textOf('beer')).toBe('first');
    });

    it('lets exactly one of 50 concurrent exclusive writers succeed', async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 50 }, (_, writer) => store().write('commit', bytesOf(`writer ${writer}`), { ifAbsent: true })),
      );
      const winners = outcomes.flatMap((outcome, writer) => (outcome.status === 'fulfilled' ? [writer] : []));
      const losers = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
      expect(winners).toHaveLength(1);
      for (const reason of losers) expect(reason).toBeInstanceOf(ObjectExistsError);
      expect(await textOf('commit')).toBe(`writer ${winners[0]}`);
      expect(await keysOf('')).toEqual(['commit']);
    });

    it('shows readers one writer or another, never a mixture', async () => {
      const sizeBytes = 200_000;
      await store().write('page', new Uint8Array(sizeBytes).fill(0));
      const writers = Array.from({ length: 8 }, (_, writer) => store().write('page', new Uint8Array(sizeBytes).fill(writer)));
      const readers = Array.from({ length: 16 }, async () => Buffer.concat(await collect(store().read('page'))));
      await Promise.all(writers);
      for (const bytes of await Promise.all(readers)) {
        expect(bytes.length).toBe(sizeBytes);
        expect(new Set(bytes).size).toBe(1);
      }
    });

    it('streams a large body', async () => {
      const chunk = new Uint8Array(1 << 20).map((_, index) => index % 251);
      const info = await store().write('large', (async function* () {
        for (let part = 0; part < 24; part++) yield chunk;
      })());
      expect(info.sizeBytes).toBe(24 << 20);
      let offset = 0;
      for await (const part of store().read('large')) {
        for (let index = 0; index < part.length; index += 65_537) expect(part[index]).toBe(((offset + index) % (1 << 20)) % 251);
        offset += part.length;
      }
      expect(offset).toBe(24 << 20);
      expect(await store().readRange('large', (1 << 20) + 7, (1 << 20) + 9)).toEqual(Uint8Array.of(7, 8));
    });

    it('lets a reader stop half way', async () => {
      await store().write('large', new Uint8Array(3 << 20));
      for await (const part of store().read('large')) {
        expect(part.length).toBeGreaterThan(0);
        break;
      }
      await store().remove('large');
      expect(await store().head('large')).toBeUndefined();
    });

    it('leaves nothing of a body that fails half way', async () => {
      async function* failing() {
        yield bytesOf('half');
        throw new Error('connection lost');
      }
      await expect(store().write('new', failing())).rejects.toThrow('connection lost');
      await store().write('old', bytesOf('old'));
      await expect(store().write('old', failing())).rejects.toThrow('connection lost');
      expect(await keysOf('')).toEqual(['old']);
      expect(await textOf('old')).toBe('old');
    });

    it('lists by prefix in the byte order of the keys', async () => {
      const keys = ['a', 'a-b', 'a.b/c', 'a/b', 'a/b-c', 'a/b0', 'a0', 'b/year=2024/x', 'b/year=2024-x', 'ä', '\u{ffee}', '\u{1f37a}'];
      const sorted = ['a-b', 'a.b/c', 'a/b', 'a/b-c', 'a/b0', 'a0', 'b/year=2024-x', 'b/year=2024/x', 'ä', '\u{ffee}', '\u{1f37a}'];
      for (const key of keys.slice(1)) await store().write(key, bytesOf(key));
      expect(await keysOf('')).toEqual(sorted);
      expect(await keysOf('a')).toEqual(sorted.slice(0, 6));
      expect(await keysOf('a/')).toEqual(['a/b', 'a/b-c', 'a/b0']);
      expect(await keysOf('a/b')).toEqual(['a/b', 'a/b-c', 'a/b0']);
      expect(await keysOf('b/year=2024/')).toEqual(['b/year=2024/x']);
      expect(await keysOf('nothing/')).toEqual([]);
      expect(await keysOf('c')).toEqual([]);
    });

    it('keeps keys with spaces, signs and letters of any script', async () => {
      for (const key of ['raw/Kölsch & Söhne/été #1 %20.csv', 'raw/ビール/🍺.json', `raw/${'x'.repeat(255)}`]) {
        await store().write(key, bytesOf(key));
        expect(await textOf(key)).toBe(key);
        expect(await keysOf(key)).toEqual([key]);
      }
    });

    it.each(['', '/a', 'a/', 'a//b', '../a', 'a/../../b', './a', 'a/.hidden', 'x'.repeat(2000)])('refuses the key %j', async (key) => {
      await expect(store().write(key, bytesOf('x'))).rejects.toBeInstanceOf(TerminalError);
    });

    it('removes an object, also one that is not there', async () => {
      await store().write('a/b', bytesOf('x'));
      await store().remove('a/b');
      await store().remove('a/b');
      await store().remove('never/was');
      expect(await store().head('a/b')).toBeUndefined();
      expect(await keysOf('')).toEqual([]);
    });
  });
}
