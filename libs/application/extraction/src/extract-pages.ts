import { formatExtractionKey, runPattern } from '@data-master/medallion-paths';
import { TerminalError, TransientError, type ObjectStore } from '@data-master/ports';
import { discardRun, keepPage, publishManifest, readLatestManifest, readManifest, readObject, readProgress, removeProgress, type ExtractedPage, type ExtractionManifest } from './extraction-record.ts';
import { countRows, readTotal, sha256Hex } from './page-content.ts';
import { createPageRequests, type RequestPage, type RequestPorts } from './page-request.ts';
import { pageUrl, type PagedApi } from './paged-api.ts';

export interface ExtractPorts extends RequestPorts {
  store: ObjectStore;
}

export interface ExtractCommand {
  api: PagedApi;
  /** Names the extraction: one that was cut off goes on under its name, one that was published is not repeated. */
  run: string;
}

export interface Extraction {
  /** `unchanged`: every page is what the manifest given, of an earlier run, has; nothing was written. */
  outcome: 'extracted' | 'already-extracted' | 'unchanged';
  manifest: ExtractionManifest;
}

/** The source moved while it was read: what was read is not one state of it. */
class SourceChangedError extends TransientError {}

/**
 * Takes all pages of an API into bronze as they came, and publishes them by a manifest that is written last. Stopped
 * anywhere, it leaves pages without a manifest, which the same run goes on from. Throws TransientError when a later run
 * may succeed; when the number of rows changed half way, the run has been discarded and begins anew.
 */
export async function extractPages({ api, run }: ExtractCommand, ports: ExtractPorts): Promise<Extraction> {
  if (!runPattern.test(run)) throw new TerminalError(`run ${JSON.stringify(run.slice(0, 100))} names no extraction; expected ${runPattern.source}; choose such a name`);
  const { store, clock, logger } = ports;
  const published = await readManifest(store, api.name, run);
  if (published) {
    await removeProgress(store, api.name, run);
    return { outcome: 'already-extracted', manifest: published };
  }

  const startedAt = clock.now().toISOString();
  const previous = api.etags ? await readLatestManifest(store, api.name) : undefined;
  const pages = await readProgress(store, api.name, run);
  const moved = pages.find(({ page, url }) => url !== pageUrl(api, page));
  if (moved) throw new TerminalError(`run ${run} of ${api.name} began with ${moved.url}; expected ${pageUrl(api, moved.page)}; choose another run, or go on with the configuration it began with`);
  if (pages.length > 0) logger.log('info', 'extraction.resumed', { api: api.name, run, pages: pages.length });

  try {
    const kept = await readPages({ api, run, store, requestPage: createPageRequests(api, ports), now: () => clock.now(), previous, pages });
    if (kept === 'unchanged' && previous) return { outcome: 'unchanged', manifest: previous };
  } catch (error) {
    if (error instanceof SourceChangedError) await discardRun(store, api.name, run);
    throw error;
  }
  const manifest = {
    api: api.name, run, startedAt: pages[0] && pages[0].fetchedAt < startedAt ? pages[0].fetchedAt : startedAt, finishedAt: clock.now().toISOString(),
    pageCount: pages.length, rowCount: sumRows(pages), sizeBytes: pages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), pages,
  };
  await publishManifest(store, manifest);
  await removeProgress(store, api.name, run);
  logger.log('info', 'extraction.published', { api: api.name, run, pages: manifest.pageCount, rows: manifest.rowCount, size_bytes: manifest.sizeBytes });
  return { outcome: 'extracted', manifest };
}

interface Reading {
  api: PagedApi;
  run: string;
  store: ObjectStore;
  requestPage: RequestPage;
  now: () => Date;
  previous: ExtractionManifest | undefined;
  /** Those that are in the store; the ones read are added. */
  pages: ExtractedPage[];
}

/** Reads up to the last page; pages that did not change are copied once one is known to have changed. */
async function readPages(reading: Reading): Promise<'read' | 'unchanged'> {
  const { api, store, run, previous, pages } = reading;
  const unwritten: ExtractedPage[] = [];
  const copyUnwritten = async (): Promise<void> => {
    for (const page of unwritten.splice(0)) await copyPage(reading, page);
  };
  while (!isComplete(api, pages)) {
    const page = pages.length + 1;
    if (page > api.maxPages) throw new TerminalError(`${api.name} has more than ${api.maxPages} pages; expected the end by then; correct end or pageSize, or raise maxPages`);
    const { known, bytes } = await readPage(reading, page);
    if (bytes) await keepPage(store, api.name, run, known, bytes);
    else unwritten.push(known);
    pages.push(known);
    if (unwritten.length < pages.length) await copyUnwritten();
  }
  if (previous && unwritten.length === pages.length && pages.length === previous.pageCount) return 'unchanged';
  await copyUnwritten();
  return 'read';
}

/** One page with its bytes, or without them when the extraction before has them. */
async function readPage({ api, run, requestPage, now, previous, pages }: Reading, page: number): Promise<{ known: ExtractedPage; bytes?: Uint8Array }> {
  const url = pageUrl(api, page);
  const key = formatExtractionKey({ part: 'page', api: api.name, run, page });
  const before = previous?.pages[page - 1];
  const answer = await requestPage(url, before?.url === url ? before.etag : undefined);
  const fetchedAt = now().toISOString();
  if (before && answer.bytes === 'not-modified') {
    const total = readTotal(api, url, { ...(api.totalHeader !== undefined && before.total !== undefined && { [api.totalHeader]: String(before.total) }), ...answer.headers });
    return { known: { ...before, key, fetchedAt, total } };
  }
  if (answer.bytes === 'not-modified') throw new TerminalError(`${url} answered that it is not modified; expected its content, as no ETag was sent; correct the headers of ${api.name}`);
  const { bytes, headers } = answer;
  const rows = countRows(api, url, headers['content-type'], bytes);
  const sha256 = sha256Hex(bytes);
  const last = pages.at(-1);
  if (rows > 0 && last?.sha256 === sha256) throw new TerminalError(`${url} is the same as the page before; expected other rows; correct pageParameter of ${api.name}`);
  return { known: { page, key, url, rows, sizeBytes: bytes.length, sha256, etag: headers['etag'], total: readTotal(api, url, headers), fetchedAt }, bytes };
}

async function copyPage({ api, run, store, previous }: Reading, page: ExtractedPage): Promise<void> {
  const from = previous?.pages[page.page - 1]?.key ?? page.key;
  const bytes = await readObject(store, from);
  if (sha256Hex(bytes) !== page.sha256) throw new TerminalError(`object ${from} has sha256 ${sha256Hex(bytes)}; expected ${page.sha256} as its manifest says; restore it, or extract once with etags false`);
  await keepPage(store, api.name, run, page, bytes);
}

/** Whether the last page is there; throws when the pages are not of one state of the source. */
function isComplete(api: PagedApi, pages: readonly ExtractedPage[]): boolean {
  const last = pages.at(-1);
  if (!last) return false;
  const totals = new Set(pages.flatMap(({ total }) => total ?? []));
  if (totals.size > 1) throw changed(api, `the total changed from ${[...totals].join(' to ')} rows at page ${last.page}`);
  const [total] = totals;
  const rows = sumRows(pages);
  const ended = api.end === 'empty-page' ? last.rows === 0 : api.end === 'short-page' ? last.rows < api.pageSize : rows >= (total ?? 0);
  if (total !== undefined && (rows > total || (rows < total && (ended || last.rows === 0)))) throw changed(api, `${rows} rows came in ${pages.length} pages, and the total is ${total}`);
  return ended;
}

const changed = (api: PagedApi, what: string): SourceChangedError =>
  new SourceChangedError(`${api.name} changed while it was read: ${what}; expected one state of it; what was read is discarded, run the extraction again`);

const sumRows = (pages: readonly ExtractedPage[]): number => pages.reduce((sum, { rows }) => sum + rows, 0);
