import { TerminalError, TransientError, type Clock, type HttpClient, type Logger } from '@data-master/ports';
import type { PagedApi } from './paged-api.ts';

export interface RequestPorts {
  http: HttpClient;
  clock: Clock;
  logger: Logger;
  /** Resolves after this time; what stops the process may reject it. */
  wait: (ms: number) => Promise<void>;
}

/** What came for a page: its bytes, or that it is still what the ETag stands for. */
export interface PageAnswer {
  headers: Readonly<Record<string, string>>;
  bytes: Uint8Array | 'not-modified';
}

export type RequestPage = (url: string, etag?: string) => Promise<PageAnswer>;

type Attempt = { answer: PageAnswer } | { problem: string; waitMs?: number };

const firstWaitMs = 1_000;

/**
 * Requests pages within the API's rate. 408, 429, 5xx and cut connections are tried again after Retry-After, or after 1 s,
 * 2 s, 4 s, …; then TransientError. Any other status is a TerminalError.
 */
export function createPageRequests(api: PagedApi, { http, clock, logger, wait }: RequestPorts): RequestPage {
  const intervalMs = 1_000 / api.requestsPerSecond;
  let earliestMs = 0;

  async function attempt(url: string, headers: Record<string, string>): Promise<Attempt> {
    const pauseMs = earliestMs - clock.now().getTime();
    if (pauseMs > 0) await wait(Math.ceil(pauseMs));
    earliestMs = clock.now().getTime() + intervalMs;
    try {
      const response = await http.get(url, headers, { timeoutMs: api.timeoutMs, maxBytes: api.maxPageBytes });
      if (response.status === 200) return { answer: { headers: response.headers, bytes: await readAll(response.body) } };
      await giveUp(response.body);
      if (response.status === 304 && headers['if-none-match'] !== undefined) return { answer: { headers: response.headers, bytes: 'not-modified' } };
      if (response.status === 408 || response.status === 429 || response.status >= 500) {
        return { problem: `status ${response.status}`, ...retryAfter(response.headers['retry-after'], clock.now()) };
      }
      const location = response.headers['location'];
      throw new TerminalError(`${url} answered with status ${response.status}${location === undefined ? '' : ` and location ${JSON.stringify(location)}`}; expected 200; correct the address, the parameters or the headers of ${api.name}`);
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      return { problem: error.message };
    }
  }

  return async (url, etag) => {
    const headers = { accept: 'application/json', ...api.headers, ...(etag !== undefined && { 'if-none-match': etag }) };
    for (let count = 1; ; count += 1) {
      const result = await attempt(url, headers);
      if ('answer' in result) return result.answer;
      const waitMs = result.waitMs ?? Math.min(firstWaitMs * 2 ** (count - 1), api.maxWaitMs);
      const tried = `${url} failed (${result.problem}) at attempt ${count} of ${api.maxAttempts}`;
      if (count >= api.maxAttempts) throw new TransientError(`${tried}; expected status 200; run the extraction again, which goes on from this page`);
      if (waitMs > api.maxWaitMs) throw new TransientError(`${tried} and asks to wait ${Math.ceil(waitMs / 1_000)} s; expected at most ${api.maxWaitMs / 1_000} s; run the extraction again then, which goes on from this page`);
      logger.log('warn', 'extraction.retry', { url, problem: result.problem, attempt: count, wait_ms: waitMs });
      await wait(waitMs);
    }
  };
}

/** Seconds, or a date; nothing when the header is neither. */
function retryAfter(header: string | undefined, now: Date): { waitMs?: number } {
  if (header === undefined) return {};
  if (/^\s*\d+\s*$/.test(header)) return { waitMs: Number(header) * 1_000 };
  const at = Date.parse(header);
  return Number.isNaN(at) ? {} : { waitMs: Math.max(0, at - now.getTime()) };
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function giveUp(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of body) return;
}
