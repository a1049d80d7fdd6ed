import type { z } from 'zod';
import { lakeConfigSchema, type LakeConfig } from './lake-config.ts';

/** A configuration that cannot be used; the message lists every wrong key with actual value, expected value and remedy. */
export class LakeConfigError extends Error {
  override readonly name = 'LakeConfigError';
}

/** Checks a configuration and fills in the defaults; `file` is where it comes from. LakeConfigError when it does not fit. */
export function parseLakeConfig(config: unknown, file: string): LakeConfig {
  const result = lakeConfigSchema.safeParse(config);
  if (result.success) return result.data;
  throw new LakeConfigError([`${file} is invalid:`, ...result.error.issues.flatMap((issue) => problems(issue, config))].join('\n'));
}

function problems(issue: z.core.$ZodIssue, config: unknown): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(path);
    return issue.keys.map((key) => `- ${[...path, key].join('.')} is no setting; expected ${known.length > 0 ? `one of ${known.join(', ')}` : 'a known one'}; correct or remove it`);
  }
  const value = path.reduce<unknown>((parent, key) => (parent as Record<string, unknown> | undefined)?.[key], config);
  const actual = value === undefined ? 'is not set' : `is ${JSON.stringify(value)}`;
  const expected = issue.code === 'invalid_key' ? issue.issues.map(({ message }) => message).join(', ') : issue.message.replace(/^(?:Invalid (?:input|option|string)|Too (?:small|big)): expected /, '');
  return [`- ${path.join('.') || 'the configuration'} ${issue.code === 'invalid_key' ? 'is no name' : actual}; expected ${expected}; ${value === undefined ? 'set' : 'correct'} it`];
}

/** The keys of the object at a path; names that the user gives, as of environments, lead into what they hold. */
function knownKeys(path: readonly string[]): string[] {
  let schema: unknown = lakeConfigSchema;
  for (const key of path) {
    const { shape, valueType } = inner(schema);
    schema = shape?.[key] ?? valueType;
  }
  return Object.keys(inner(schema).shape ?? {});
}

interface SchemaParts {
  shape?: Record<string, unknown>;
  valueType?: unknown;
  unwrap?: () => unknown;
}

/** The schema within its defaults. */
function inner(schema: unknown): SchemaParts {
  const parts = (schema ?? {}) as SchemaParts;
  return parts.shape === undefined && parts.valueType === undefined && parts.unwrap ? inner(parts.unwrap()) : parts;
}
