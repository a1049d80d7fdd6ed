import { TerminalError } from '@data-master/ports';
import { z } from 'zod';

const headerName = z.string().regex(/^[A-Za-z0-9-]+$/, 'expected the name of a header').transform((name) => name.toLowerCase());

/** A paged HTTP API, described. Credentials belong in `headers`: they are kept nowhere, the address is. */
export const pagedApiSchema = z.strictObject({
  /** Names the folder under `bronze/`. */
  name: z.string().regex(/^[a-z][a-z0-9_]*$/, 'expected lower snake_case'),
  baseUrl: z.url({ protocol: /^https?$/, error: 'expected http://… or https://…' }),
  /** Further parameters of every request, such as an order that keeps pages stable. */
  query: z.record(z.string(), z.string()).default({}),
  headers: z.record(z.string(), z.string()).default({}),
  pageParameter: z.string().min(1).default('page'),
  firstPage: z.number().int().min(0).default(1),
  pageSizeParameter: z.string().min(1),
  pageSize: z.number().int().min(1),
  /** Members that lead from the answer to its array of rows; empty when the answer is the array. */
  rowsAt: z.array(z.string()).default([]),
  /**
   * The last page: the first with fewer rows than `pageSize`, the first without rows, or the one that completes the total.
   * `empty-page` costs a request and also notices a server that gives smaller pages than it was asked for.
   */
  end: z.enum(['short-page', 'empty-page', 'total-header']),
  /** Header with the number of all rows; with another end, it is compared where the answer has it. */
  totalHeader: headerName.optional(),
  requestsPerSecond: z.number().positive().default(2),
  timeoutMs: z.number().int().positive().default(30_000),
  maxPageBytes: z.number().int().positive().default(10_000_000),
  maxPages: z.number().int().min(1).max(99_999).default(99_999),
  /** Requests for one page, the first included. */
  maxAttempts: z.number().int().min(1).default(5),
  /** The longest wait between two of them; a server that asks for more ends the extraction. */
  maxWaitMs: z.number().int().positive().default(120_000),
  /** Whether pages are asked for by the ETag of the extraction before. */
  etags: z.boolean().default(true),
}).refine(({ end, totalHeader }) => end !== 'total-header' || totalHeader !== undefined, { path: ['totalHeader'], error: 'expected the name of the header, as end is total-header' });

export type PagedApi = z.output<typeof pagedApiSchema>;

/** Reads the description of an API; TerminalError, which begins with `from`, when the text is none. */
export function parsePagedApi(text: string, from: string): PagedApi {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new TerminalError(`${from} is no JSON; expected the description of an API; correct it`);
  }
  const { data, error } = pagedApiSchema.safeParse(document);
  if (!data) throw new TerminalError(`${from} does not describe an API:\n${z.prettifyError(error)}`);
  return data;
}

/** The address of a page, counted from 1. */
export function pageUrl(api: PagedApi, page: number): string {
  const url = new URL(api.baseUrl);
  for (const [name, value] of Object.entries(api.query)) url.searchParams.set(name, value);
  url.searchParams.set(api.pageParameter, String(api.firstPage + page - 1));
  url.searchParams.set(api.pageSizeParameter, String(api.pageSize));
  return url.href;
}
