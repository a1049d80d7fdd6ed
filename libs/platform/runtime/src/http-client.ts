import { TerminalError, TransientError, type HttpClient, type HttpResponse } from '@data-master/ports';

/** Requests by the `fetch` of this process, which keeps connections open between them. */
export function createHttpClient(): HttpClient {
  return {
    async get(url, headers, { timeoutMs, maxBytes }): Promise<HttpResponse> {
      try {
        const { status, headers: answered, body } = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
        return { status, headers: Object.fromEntries(answered), body: readBounded(url, body, timeoutMs, maxBytes) };
      } catch (error) {
        throw connectionError(url, error, timeoutMs);
      }
    },
  };
}

async function* readBounded(url: string, body: AsyncIterable<Uint8Array> | null, timeoutMs: number, maxBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  if (!body) return;
  let sizeBytes = 0;
  try {
    for await (const chunk of body) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw new TerminalError(`${url} answered with more than ${maxBytes} bytes; expected at most that; ask for less at a time or raise the bound`);
      yield chunk;
    }
  } catch (error) {
    throw error instanceof TerminalError ? error : connectionError(url, error, timeoutMs);
  }
}

/** The reason that lies deepest says most: `fetch failed` says nothing. */
function connectionError(url: string, error: unknown, timeoutMs: number): TransientError {
  let reason = error;
  while (hasCause(reason)) reason = reason.cause;
  const text = reason instanceof Object && 'message' in reason ? String(reason.message) : String(reason);
  return new TransientError(`connection to ${new URL(url).host} failed: ${text}; expected an answer within ${timeoutMs} ms; try again`);
}

const hasCause = (error: unknown): error is { cause: unknown } => typeof error === 'object' && error !== null && 'cause' in error && error.cause !== undefined;
