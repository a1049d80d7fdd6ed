import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFileObjectStore } from '@data-master/embedded';
import { extractPages, openBreweryDb, pagedApiSchema, type Extraction } from '@data-master/extraction';
import type { ObjectStore } from '@data-master/ports';
import { createHttpClient } from '@data-master/runtime';
import { collect, createManualClock, createMemoryLogger, type ManualClock, type MemoryLogger } from '@data-master/testing';
import { breweryRows, startBreweryApi, type BreweryApi } from './testing/brewery-api.ts';

const rows = breweryRows(53);
const pageSize = 10;
let server: BreweryApi;
let folder: string;
let store: ObjectStore;
let clock: ManualClock;
let logger: MemoryLogger;
let waits: number[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'brewery-extractor-'));
  server = await startBreweryApi(rows);
  store = createFileObjectStore({ root: folder });
  clock = createManualClock();
  logger = createMemoryLogger();
  waits = [];
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Extracts over real connections; only the clock is the test's, which moves when it is waited for. */
function extract(settings: Record<string, unknown> = {}, run = 'r1'): Promise<Extraction> {
  const api = pagedApiSchema.parse({ ...openBreweryDb, baseUrl: server.url, pageSize, requestsPerSecond: 1_000_000, ...settings });
  const wait = async (ms: number): Promise<void> => {
    if (ms > 1) waits.push(ms);
    clock.advance(ms);
  };
  return extractPages({ api, run }, { store, http: createHttpClient(), clock, logger, wait });
}

const keysUnder = async (prefix: string): Promise<string[]> => (await collect(store.list(prefix))).map(({ key }) => key);
const textOf = async (key: string): Promise<string> => Buffer.concat(await collect(store.read(key))).toString();
const manifests = (): Promise<string[]> => keysUnder('bronze/open_brewery_db/manifests/');

/** Disturbs the first `times` requests of a page. */
function disturbPage(page: string, answer: (response: ServerResponse) => void, times = 1): void {
  let left = times;
  server.disturb = (response, _request, asked) => {
    if (asked !== page || left === 0) return false;
    left -= 1;
    answer(response);
    return true;
  };
}

async function expectWhole({ manifest }: Extraction): Promise<void> {
  const texts = await Promise.all(manifest.pages.map(({ key }) => textOf(key)));
  expect(texts).toEqual(manifest.pages.map(({ page }) => server.pageOf(page, pageSize)));
  expect(texts.flatMap((text) => JSON.parse(text) as unknown[])).toEqual(JSON.parse(JSON.stringify(server.rows)));
  expect(manifest).toMatchObject({ rowCount: server.rows.length, pageCount: texts.length, sizeBytes: Buffer.byteLength(texts.join('')) });
  expect(await keysUnder('bronze/open_brewery_db/progress/')).toEqual([]);
}

describe('extracting', () => {
  test.each([['empty-page', 7], ['short-page', 6], ['total-header', 6]])('by the end rule %s, every page comes byte for byte and the manifest counts them', async (end, pages) => {
    const extraction = await extract({ end, totalHeader: 'X-Total-Count' });
    expect(extraction.outcome).toBe('extracted');
    expect(server.requests).toHaveLength(pages);
    expect(extraction.manifest.pageCount).toBe(pages);
    await expectWhole(extraction);
    expect(await manifests()).toEqual(['bronze/open_brewery_db/manifests/r1.json']);
  });

  test('a run that is published is not repeated', async () => {
    const first = await extract();
    server.requests.length = 0;
    expect(await extract()).toEqual({ outcome: 'already-extracted', manifest: first.manifest });
    expect(server.requests).toEqual([]);
  });

  test('requests keep to the rate', async () => {
    await extract({ requestsPerSecond: 4 });
    expect(waits).toEqual([250, 250, 250, 250, 250, 250]);
  });

  test('rows are found where the description says', async () => {
    const { pageOf } = server;
    server.pageOf = (page, size) => `{"data":{"items":${pageOf(page, size)}}}`;
    expect((await extract({ rowsAt: ['data', 'items'] })).manifest.rowCount).toBe(53);
  });
});

describe('a disturbed server', () => {
  test('429 is tried again after the seconds or the date of Retry-After', async () => {
    disturbPage('3', (response) => response.writeHead(429, { 'retry-after': '7' }).end());
    await expectWhole(await extract());
    expect(waits).toEqual([7_000]);

    const until = new Date(Math.ceil(clock.now().getTime() / 1_000) * 1_000 + 9_000);
    disturbPage('3', (response) => response.writeHead(429, { 'retry-after': until.toUTCString() }).end());
    await extract({ etags: false }, 'r2');
    expect(waits.at(-1)).toBeGreaterThan(8_000);
    expect(waits.at(-1)).toBeLessThanOrEqual(10_000);
  });

  test('500 is tried again after 1 s, 2 s and 4 s', async () => {
    disturbPage('2', (response) => response.writeHead(500).end('{"error":"busy"}'), 3);
    await expectWhole(await extract());
    expect(waits).toEqual([1_000, 2_000, 4_000]);
    expect(logger.entries.filter(({ event }) => event === 'extraction.retry')).toHaveLength(3);
  });

  test('a connection that is cut half way through a page is tried again, and none of the half page stays', async () => {
    disturbPage('4', (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 10_000 });
      response.write('[{"id":"half', () => response.destroy());
    }, 2);
    await expectWhole(await extract());
    expect(waits).toEqual([1_000, 2_000]);
  });

  test('a server that never answers is given up after the bound, and the run goes on later', async () => {
    disturbPage('2', () => {}, 2);
    await expect(extract({ timeoutMs: 100, maxAttempts: 2 })).rejects.toMatchObject({ name: 'TransientError', message: expect.stringMatching(/attempt 2 of 2.*run the extraction again/) });
    expect(await manifests()).toEqual([]);
    await expectWhole(await extract());
  });

  test('a wait beyond the bound ends the extraction', async () => {
    disturbPage('2', (response) => response.writeHead(503, { 'retry-after': '3600' }).end());
    await expect(extract()).rejects.toMatchObject({ name: 'TransientError', message: expect.stringContaining('asks to wait 3600 s; expected at most 120 s') });
    expect(waits).toEqual([]);
  });

  test.each<[string, (response: ServerResponse) => void, RegExp, Record<string, unknown>?]>([
    ['HTML', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>maintenance</html>'), /page=3&per_page=10 answered with 24 bytes of text\/html that are no JSON and begins "<html>maintenance/],
    ['JSON without rows', (response) => response.writeHead(200).end('{"error":"x"}'), /the answer is object; expected an array; correct rowsAt/],
    ['JSON cut short by the server itself', (response) => response.writeHead(200).end('[{"id":1},'), /10 bytes of no content type that are no JSON; expected/],
    ['a page above the bound', (response) => response.writeHead(200).end(JSON.stringify(['x'.repeat(50_000)])), /more than 40000 bytes; expected at most that/, { maxPageBytes: 40_000 }],
    ['more rows than asked for', (response) => response.writeHead(200).end(JSON.stringify(Array.from({ length: 11 }, () => 1))), /holds 11 rows; expected at most 10/],
    ['a redirect', (response) => response.writeHead(302, { location: 'https://elsewhere.example/' }).end(), /status 302 and location "https:\/\/elsewhere.example\/"; expected 200/],
    ['404', (response) => response.writeHead(404).end(), /status 404; expected 200/],
    ['304 that nobody asked for', (response) => response.writeHead(304).end(), /status 304; expected 200/],
  ])('%s is an error at once, nothing is published, and the run goes on when it is mended', async (_what, answer, message, settings = {}) => {
    disturbPage('3', answer);
    await expect(extract(settings)).rejects.toMatchObject({ name: 'TerminalError', message: expect.stringMatching(message) });
    expect(waits).toEqual([]);
    expect(await manifests()).toEqual([]);
    server.requests.length = 0;
    await expectWhole(await extract(settings));
    expect(server.requests).toEqual(['3', '4', '5', '6', '7']);
  });

  test('a server that ignores the page is noticed instead of being read for ever', async () => {
    const { pageOf } = server;
    server.pageOf = (_page, size) => pageOf(1, size);
    await expect(extract()).rejects.toThrow(/page=2&per_page=10 is the same as the page before; expected other rows; correct pageParameter/);
  });

  test('pages without end stop at the bound', async () => {
    await expect(extract({ maxPages: 4 })).rejects.toThrow(/more than 4 pages/);
  });
});

describe('a source that changes half way', () => {
  test.each([[44, 'the total changed from 53 to 44 rows at page 3'], [63, 'the total changed from 53 to 63 rows at page 3']])('with %i rows instead of 53 is discarded and read anew', async (count, message) => {
    server.disturb = (_response, _request, page) => {
      if (page === '3') server.rows = breweryRows(count);
      return false;
    };
    const settings = { end: 'total-header', totalHeader: 'X-Total-Count' };
    await expect(extract(settings)).rejects.toMatchObject({ message: expect.stringContaining(message) });
    expect(await keysUnder('bronze/')).toEqual([]);
    await expectWhole(await extract(settings));
  });

  test('with fewer rows than its total is discarded', async () => {
    const { pageOf } = server;
    server.pageOf = (page, size) => (page > 3 ? '[]' : pageOf(page, size));
    await expect(extract({ totalHeader: 'x-total-count' })).rejects.toThrow(/30 rows came in 4 pages, and the total is 53/);
    expect(await keysUnder('bronze/')).toEqual([]);
  });

  test('a total that is no number is an error', async () => {
    await expect(extract({ end: 'total-header', totalHeader: 'content-type' })).rejects.toThrow(/"application\/json; charset=utf-8" in header content-type; expected the number of all rows/);
    await expect(extract({ end: 'total-header', totalHeader: 'x-none' })).rejects.toThrow(/has no header x-none/);
  });
});

describe('a run that was cut off', () => {
  test('goes on without asking again for pages that are there', async () => {
    disturbPage('5', (response) => response.writeHead(404).end());
    await expect(extract()).rejects.toThrow(/404/);
    server.requests.length = 0;
    await expectWhole(await extract());
    expect(server.requests).toEqual(['5', '6', '7']);
  });

  test('goes on after pages that were copied, too', async () => {
    await extract();
    server.rows = rows.map((row, index) => (index === 25 ? { ...(row as object), name: 'changed' } : row));
    disturbPage('5', (response) => response.writeHead(404).end());
    await expect(extract({}, 'r2')).rejects.toThrow(/404/);
    server.requests.length = 0;
    await expectWhole(await extract({}, 'r2'));
    expect(server.requests).toEqual(['5', '6', '7']);
  });

  test('is refused under other settings', async () => {
    disturbPage('5', (response) => response.writeHead(404).end());
    await expect(extract()).rejects.toThrow(/404/);
    await expect(extract({ pageSize: 20 })).rejects.toThrow(/run r1 of open_brewery_db began with .*per_page=10; expected .*per_page=20; choose another run/);
  });
});

describe('the extraction before', () => {
  test('is what an unchanged source gives, and nothing is written', async () => {
    const first = await extract();
    const keys = await keysUnder('bronze/');
    server.notModified.length = 0;
    expect(await extract({}, 'r2')).toEqual({ outcome: 'unchanged', manifest: first.manifest });
    expect(await keysUnder('bronze/')).toEqual(keys);
    expect(server.notModified).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  });

  test.each([[0], [25], [52]])('gives the pages that did not change when row %i did', async (changed) => {
    await extract();
    server.rows = rows.map((row, index) => (index === changed ? { ...(row as object), name: 'changed' } : row));
    const second = await extract({}, 'r2');
    expect(second.outcome).toBe('extracted');
    expect(server.notModified).toHaveLength(6);
    await expectWhole(second);
    expect(second.manifest.pages.every(({ key }) => key.includes('extraction=r2/'))).toBe(true);
  });

  test.each([[50], [58], [71]])('is no hindrance when the source now has %i rows', async (count) => {
    await extract();
    server.rows = breweryRows(count);
    await expectWhole(await extract({}, 'r2'));
  });

  test('is not believed when its page was damaged', async () => {
    const { manifest } = await extract();
    await store.write(manifest.pages[0]!.key, Buffer.from('[]'));
    server.rows = breweryRows(58);
    await expect(extract({}, 'r2')).rejects.toThrow(/has sha256 \w+; expected \w+ as its manifest says/);
  });
});

describe('the program', () => {
  const main = join(import.meta.dirname, 'main.ts');
  const environment = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], DM_API: join(folder, 'api.json'), DM_API_URL: server.url, DM_RUN: 'r1', DM_TARGET: folder });
  const describeApi = (settings: object): Promise<void> => writeFile(join(folder, 'api.json'), JSON.stringify({ ...openBreweryDb, pageSize, requestsPerSecond: 10_000, ...settings }));

  test('killed while it waits for a page, goes on from there', async () => {
    await describeApi({});
    const asked = Promise.withResolvers<void>();
    disturbPage('4', () => asked.resolve());
    const killed = spawn(process.execPath, [main], { env: environment(), stdio: 'ignore' });
    const ended = new Promise((resolve) => killed.once('exit', (_code, signal) => resolve(signal)));
    await asked.promise;
    killed.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    expect(await manifests()).toEqual([]);
    server.requests.length = 0;
    await promisify(execFile)(process.execPath, [main], { env: environment() });
    expect(server.requests).toEqual(['4', '5', '6', '7']);
    await expectWhole(await extract());
  });

  test('ends with 1 and says what is wrong with a description', async () => {
    await describeApi({ pagesize: 1, end: 'never' });
    await expect(promisify(execFile)(process.execPath, [main], { env: environment() })).rejects.toMatchObject({ code: 1, stdout: expect.stringMatching(/does not describe an API.*pagesize.*end/s) });
  });

  test('ends with 75 when a repetition may succeed', async () => {
    await describeApi({ maxAttempts: 1 });
    disturbPage('1', (response) => response.writeHead(503).end());
    await expect(promisify(execFile)(process.execPath, [main], { env: environment() })).rejects.toMatchObject({ code: 75 });
  });
});
