import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSchemaFile, splitEvents, type SchemaSource } from '@data-master/events';
import type { EmbeddedLake } from '../index.ts';

const schemaFolder = join(import.meta.dirname, '../../../../schemas');

/** The schemas of this repository. */
export function readOwnSchemas(): SchemaSource[] {
  const files = readdirSync(schemaFolder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json')).sort();
  return files.map((file) => parseSchemaFile(file.replaceAll('\\', '/'), readFileSync(join(schemaFolder, file), 'utf8')));
}

/** The n-th posted review, by the newest schema when n is even; nothing else of it changes with `changes`. */
export const postedReview = (n: number, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  event: 'review_posted', version: n % 2 === 0 ? 2 : 1, event_id: `3f0c6a3e-6d0f-4d4b-9a52-${String(n).padStart(12, '0')}`, occurred_at: `2026-03-01T12:00:00.${String(n % 1000).padStart(3, '0')}+01:00`,
  ...(n % 2 === 0 && { channel: 'web' }),
  review: { review_id: n + 1, brewery_id: 2, beer_id: 3, profile_id: 4, review_overall: (n % 11) / 2, ...(n % 2 === 0 && { serving: n % 4 === 0 ? 'tap' : null }) },
  ...changes,
});

/** Sends events, one a line, a text being sent as it is. */
export async function sendLines(lake: EmbeddedLake, events: readonly unknown[], source = 'test.ndjson') {
  const text = events.map((event) => `${typeof event === 'string' ? event : JSON.stringify(event)}\n`).join('');
  return lake.events.send(splitEvents((async function* () {
    yield Buffer.from(text);
  })()), source);
}
