import { TerminalError, type ObjectStore } from '@data-master/ports';
import type { SchemaObject } from './json-schema.ts';
import { compileSchema, SchemaError, type CheckValue } from './compile-schema.ts';

/** A schema as it is stored. */
export interface SchemaSource {
  /** Name of the event, such as `review_posted`. */
  event: string;
  /** 1, 2, … */
  version: number;
  schema: unknown;
}

export interface EventSchema {
  event: string;
  version: number;
  schema: SchemaObject;
  check: CheckValue;
}

/** Compiled schemas, by event and version. */
export interface SchemaRepository {
  find(event: string, version: number): EventSchema | undefined;
  /** Events in alphabetical order. */
  events(): string[];
  /** Versions of an event, ascending; empty for an unknown event. */
  versions(event: string): number[];
}

/** Compiles schemas; SchemaError for the first that cannot be used. */
export function openSchemaRepository(sources: readonly SchemaSource[]): SchemaRepository {
  const byEvent = new Map<string, Map<number, EventSchema>>();
  for (const { event, version, schema } of sources) {
    const versions = byEvent.get(event) ?? new Map<number, EventSchema>();
    if (versions.has(version)) throw new TerminalError(`schema ${event} version ${version} is given twice; expected once; remove one`);
    byEvent.set(event, versions.set(version, { event, version, schema: schema as SchemaObject, check: compileNamed(event, version, schema) }));
  }
  return {
    find: (event, version) => byEvent.get(event)?.get(version),
    events: () => [...byEvent.keys()].sort(),
    versions: (event) => [...(byEvent.get(event)?.keys() ?? [])].sort((a, b) => a - b),
  };
}

function compileNamed(event: string, version: number, schema: unknown): CheckValue {
  try {
    return compileSchema(schema);
  } catch (error) {
    throw error instanceof SchemaError ? new SchemaError(error.problems, formatSchemaKey({ event, version })) : error;
  }
}

const keyPattern = /^(?<event>[a-z][a-z0-9_]*)\/(?<version>[1-9]\d{0,8})\.json$/;

/** Reads `<event>/<version>.json`; undefined when the path has another shape. Inverse of `formatSchemaKey`. */
export function parseSchemaKey(path: string): { event: string; version: number } | undefined {
  const match = keyPattern.exec(path)?.groups;
  return match && { event: match['event']!, version: Number(match['version']) };
}

/** Writes `<event>/<version>.json`. Inverse of `parseSchemaKey`. */
export const formatSchemaKey = ({ event, version }: { event: string; version: number }): string => `${event}/${version}.json`;

/** Makes a source of a file below the folder of schemas; TerminalError when its name or its text is no schema's. */
export function parseSchemaFile(path: string, text: string): SchemaSource {
  const key = parseSchemaKey(path);
  if (!key) throw new TerminalError(`schema file ${path}; expected <event>/<version>.json, as review_posted/1.json; rename or remove it`);
  try {
    return { ...key, schema: JSON.parse(text) as unknown };
  } catch (cause) {
    throw new TerminalError(`schema file ${path} is no JSON (${(cause as Error).message}); expected a schema of draft-07; correct it`);
  }
}

/** Reads every schema under a prefix of a store, `schemas/<event>/<version>.json` by default. */
export async function readSchemas(store: Pick<ObjectStore, 'list' | 'read'>, prefix = 'schemas/'): Promise<SchemaSource[]> {
  const sources: SchemaSource[] = [];
  for await (const { key } of store.list(prefix)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.read(key)) chunks.push(chunk);
    sources.push(parseSchemaFile(key.slice(prefix.length), Buffer.concat(chunks).toString('utf8')));
  }
  return sources;
}
