import { describeValue, isObject } from './json-schema.ts';
import type { Violation } from './compile-schema.ts';
import type { SchemaRepository } from './schema-repository.ts';

/** The largest event that is looked at: what every carrier takes, SQS (1 MiB with attributes) and Firehose (1,000 KiB) among them. */
export const maxEventBytes = 1_000_000;

export type Validation =
  /** `event` is the parsed text; what is passed on is the text itself. */
  | { outcome: 'valid'; event: unknown; schema: { event: string; version: number } }
  | { outcome: 'invalid'; violations: Violation[] };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Checks one event, JSON in UTF-8 with the members `event` and `version` that choose its schema, and gives every
 * violated rule. Whatever the input is, nothing is thrown.
 */
export function validateEvent(input: string | Uint8Array, repository: SchemaRepository): Validation {
  const sizeBytes = typeof input === 'string' ? Buffer.byteLength(input) : input.length;
  if (sizeBytes > maxEventBytes) return invalid(tooLarge(sizeBytes));
  let text: string;
  try {
    text = typeof input === 'string' ? input : utf8.decode(input);
  } catch {
    return invalid({ path: '', rule: 'encoding', actual: `${sizeBytes} bytes that are no UTF-8`, expected: 'UTF-8' });
  }
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch (error) {
    return invalid({ path: '', rule: 'syntax', actual: (error as Error).message, expected: 'JSON' });
  }
  if (!isObject(event)) return invalid({ path: '', rule: 'type', actual: describeValue(event), expected: 'object' });
  return validateParsed(event, repository);
}

/** The violation of an event that is too large to be looked at. */
export const tooLarge = (sizeBytes: number): Violation => ({ path: '', rule: 'size', actual: `${sizeBytes} bytes`, expected: `at most ${maxEventBytes} bytes` });

function validateParsed(event: Readonly<Record<string, unknown>>, repository: SchemaRepository): Validation {
  const { event: name, version } = event;
  const schema = typeof name === 'string' && typeof version === 'number' ? repository.find(name, version) : undefined;
  if (!schema) return invalid(unknownSchema(name, version, repository));
  const violations = schema.check(event);
  return violations.length > 0 ? invalid(...violations) : { outcome: 'valid', event, schema: { event: schema.event, version: schema.version } };
}

function unknownSchema(name: unknown, version: unknown, repository: SchemaRepository): Violation {
  const versions = typeof name === 'string' ? repository.versions(name) : [];
  if (versions.length > 0) return { path: '/version', rule: 'version', actual: describeValue(version), expected: `one of ${versions.join(', ')}` };
  return { path: '/event', rule: 'event', actual: describeValue(name), expected: `one of ${repository.events().map(describeValue).join(', ') || 'no events: the repository is empty'}` };
}

const invalid = (...violations: Violation[]): Validation => ({ outcome: 'invalid', violations });
