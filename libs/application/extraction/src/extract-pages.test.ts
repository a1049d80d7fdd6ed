import { describe, expect, test } from '@jest/globals';
import { TransientError, type HttpClient, type ObjectStore } from '@data-master/ports';
import { collect, createManualClock, createMemoryLogger, createMemoryObjectStore } from '@data-master/testing';
import fc from 'fast-check';
import { extractPages, pagedApiSchema, type Extraction } from './index.ts';
import { readObject } from './extraction-record.ts';

const description = { name: 'things', baseUrl: 'https://api.example/things', pageSizeParameter: 'size', pageSize: 10, end: 'empty-page' };

/** An API in memory, so that many histories can be tried; real connections are tested with the extractor. */
function createMemoryApi(rows: readonly number[]): HttpClient {
  return {
    async get(url, headers) {
      const { searchParams } = new URL(url);
      const [page, size] = [Number(searchParams.get('page')), Number(searchParams.get('size'))];
      const body = Buffer.from(JSON.stringify(rows.slice((page - 1) * size, page * size)));
      const etag = body.toString();
      const unchanged = headers['if-none-match'] === etag;
      return { status: unchanged ? 304 : 200, headers: { etag, 'x-total': String(rows.length) }, body: (async function* () { if (!unchanged) yield body; })() };
    },
  };
}

/** Every operation may be the last before a crash: `alive` says whether the next one still happens. */
function dyingParts(store: ObjectStore, http: HttpClient, alive: () => boolean): { store: ObjectStore; http: HttpClient } {
  const check = (): void => {
    if (!alive()) throw new TransientError('crash');
  };
  return {
    http: { get: async (...request) => { check(); return http.get(...request); } },
    store: {
      ...store,
      write: async (...object) => { check(); return store.write(...object); },
      remove: async (key) => { check(); return store.remove(key); },
    },
  };
}

describe('extractPages', () => {
  const source = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 }).map((values) => values.map((value, index) => index * 10 + value));
  const api = fc.record({ end: fc.constantFrom('empty-page', 'short-page', 'total-header'), pageSize: fc.integer({ min: 1, max: 12 }), etags: fc.boolean() })
    .map((settings) => pagedApiSchema.parse({ ...description, ...settings, totalHeader: 'X-Total', maxAttempts: 1 }));

  /** What the source had, and what it has: anything, or the first rows of what it had. */
  const histories = fc.oneof(fc.tuple(source, source), fc.tuple(source, fc.nat({ max: 40 })).map(([before, count]) => [before, before.slice(0, count)] as const));

  test('however often it is cut off, after whatever extraction, publishes every row once or nothing', async () => {
    await fc.assert(fc.asyncProperty(api, histories, fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 4 }), async (paged, [before, rows], lives) => {
      const store = createMemoryObjectStore();
      const clock = createManualClock();
      const wait = async (ms: number): Promise<void> => clock.advance(ms);
      const run = async (name: string, values: readonly number[], operations: number): Promise<Extraction> => {
        let left = operations;
        return extractPages({ api: paged, run: name }, { ...dyingParts(store, createMemoryApi(values), () => left-- > 0), clock, wait, logger: createMemoryLogger() });
      };
      const { manifest: first } = await run('first', before, Infinity);
      for (const operations of lives) {
        const outcome = await run('second', rows, operations).catch((error: unknown) => error);
        const published = (await store.head('bronze/things/manifests/second.json')) !== undefined;
        if (outcome instanceof TransientError && !published) continue;
        break;
      }
      const { outcome, manifest } = await run('second', rows, Infinity);
      const pages = await Promise.all(manifest.pages.map(async ({ key }) => JSON.parse(Buffer.from(await readObject(store, key)).toString()) as number[]));
      expect(pages.flat()).toEqual(rows);
      expect(manifest.rowCount).toBe(rows.length);
      if (outcome === 'unchanged') expect(manifest).toEqual(first);
      expect(await collect(store.list('bronze/things/progress/'))).toEqual([]);
    }), { numRuns: 300 });
  });

  test('a run needs a name that can be a key', async () => {
    await expect(extractPages({ api: pagedApiSchema.parse(description), run: '../x' }, { store: createMemoryObjectStore(), http: createMemoryApi([]), clock: createManualClock(), logger: createMemoryLogger(), wait: async () => {} }))
      .rejects.toThrow(/run "..\/x" names no extraction; expected/);
  });
});

describe('the description of an API', () => {
  test.each<[object, string]>([
    [{ baseUrl: 'ftp://x.example/' }, 'baseUrl'], [{ name: 'Things' }, 'name'], [{ pageSize: 0 }, 'pageSize'], [{ end: 'total-header' }, 'totalHeader'], [{ pagesize: 3 }, ''], [{ requestsPerSecond: 0 }, 'requestsPerSecond'],
  ])('is refused with %j', (settings, path) => {
    const { error } = pagedApiSchema.safeParse({ ...description, ...settings });
    expect(error?.issues[0]?.path.join('.')).toBe(path);
  });
});
