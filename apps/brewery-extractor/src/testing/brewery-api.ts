import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { generateOpenBreweries } from '@data-master/beer-sample';
import { parse } from 'csv-parse/sync';

export type Disturbance = (response: ServerResponse, request: IncomingMessage, page: string) => boolean;

/** A server in the shape of Open Brewery DB; its fields may be changed between requests. */
export interface BreweryApi {
  url: string;
  rows: readonly unknown[];
  /** What it answers with a page that has these rows. */
  pageOf: (page: number, pageSize: number) => string;
  /** Answers in place of the page and says so; the page comes when it returns false. */
  disturb: Disturbance;
  /** The pages asked for, in order. */
  readonly requests: string[];
  /** The pages that were answered with 304. */
  readonly notModified: string[];
  close: () => Promise<void>;
}

/** Breweries of the table in the file that DM_OPENBREWERY_CSV names (CSV in gzip), else invented ones. */
export function breweryRows(count: number): unknown[] {
  const file = process.env['DM_OPENBREWERY_CSV'];
  if (file === undefined) return [...generateOpenBreweries(1, count)];
  return parse(gunzipSync(readFileSync(file)), { columns: true, bom: true, to: count });
}

export async function startBreweryApi(rows: readonly unknown[]): Promise<BreweryApi> {
  const requests: string[] = [];
  const notModified: string[] = [];
  const api: BreweryApi = {
    url: '', rows, requests, notModified,
    pageOf: (page, pageSize) => JSON.stringify(api.rows.slice((page - 1) * pageSize, page * pageSize)),
    disturb: () => false,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://server');
    const page = searchParams.get('page') ?? '';
    requests.push(page);
    if (api.disturb(response, request, page)) return;
    const body = api.pageOf(Number(page), Number(searchParams.get('per_page')));
    const etag = `W/"${createHash('sha256').update(body).digest('hex')}"`;
    const headers = { 'content-type': 'application/json; charset=utf-8', etag, 'x-total-count': api.rows.length };
    if (request.headers['if-none-match'] === etag) {
      notModified.push(page);
      response.writeHead(304, headers).end();
    } else response.writeHead(200, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/breweries`;
  return api;
}
