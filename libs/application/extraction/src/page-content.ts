import { createHash } from 'node:crypto';
import { TerminalError } from '@data-master/ports';
import type { PagedApi } from './paged-api.ts';

const shownChars = 80;

/** Counts the rows of an answer; a TerminalError when it is no JSON with an array where the API has it. */
export function countRows(api: PagedApi, url: string, contentType: string | undefined, bytes: Uint8Array): number {
  const rows = api.rowsAt.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), parseJson(api, url, contentType, bytes));
  if (!Array.isArray(rows)) {
    const place = api.rowsAt.length === 0 ? 'the answer' : api.rowsAt.join('.');
    throw new TerminalError(`${url} holds no array of rows: ${place} is ${rows === null ? 'null' : typeof rows}; expected an array; correct rowsAt of ${api.name}`);
  }
  if (rows.length > api.pageSize) throw new TerminalError(`${url} holds ${rows.length} rows; expected at most ${api.pageSize}; correct pageSizeParameter or pageSize of ${api.name}`);
  return rows.length;
}

/** The number of all rows as the header says it; undefined when the API has no such header. */
export function readTotal(api: PagedApi, url: string, headers: Readonly<Record<string, string>>): number | undefined {
  if (api.totalHeader === undefined) return undefined;
  const text = headers[api.totalHeader];
  if (text === undefined && api.end !== 'total-header') return undefined;
  if (text === undefined || !/^\d{1,15}$/.test(text)) {
    throw new TerminalError(`${url} has ${text === undefined ? 'no header' : `${JSON.stringify(text.slice(0, shownChars))} in header`} ${api.totalHeader}; expected the number of all rows; correct totalHeader of ${api.name}`);
  }
  return Number(text);
}

export const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Markup says what is wrong; anything else may hold rows, which no message shows. */
function parseJson(api: PagedApi, url: string, contentType: string | undefined, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    const start = Buffer.from(bytes.subarray(0, shownChars)).toString('utf8').trimStart();
    const shown = start.startsWith('<') ? ` and begins ${JSON.stringify(start)}` : '';
    throw new TerminalError(`${url} answered with ${bytes.length} bytes of ${contentType ?? 'no content type'} that are no JSON${shown}; expected JSON in UTF-8; correct the address of ${api.name}, or wait until the API is back`);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
