import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSchemaFile, type SchemaSource } from '../schema-repository.ts';

const folder = join(import.meta.dirname, '../../../../../schemas');

/** The schemas of this repository. */
export function readOwnSchemas(): SchemaSource[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
  return files.map((file) => parseSchemaFile(file.replaceAll('\\', '/'), readFileSync(join(folder, file), 'utf8')));
}

/** A review that keeps to version 1 and, given that version, to 2. */
export const reviewPosted = (changes: Readonly<Record<string, unknown>> = {}) => ({
  event: 'review_posted',
  version: 1,
  event_id: '3f0c6a3e-6d0f-4d4b-9a52-0a1f5a3c9b11',
  occurred_at: '2026-03-01T12:00:00Z',
  review: { review_id: 1, brewery_id: 2, beer_id: 3, profile_id: 4, review_overall: 4.5, review_taste: 4 },
  ...changes,
});

/** A schema that keeps every rule, with the given properties. */
export const eventSchema = (properties: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}) => ({
  $schema: 'http://json-schema.org/draft-07/schema#', 'x-compatibility': 'backward', type: 'object', additionalProperties: false, properties, ...more,
});
