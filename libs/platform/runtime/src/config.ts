import type { z } from 'zod';

/** The environment does not fit the configuration's schema; the message lists every wrong variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const secretName = /secret|password|passwd|token|credential|private|api_?key|(^|_)key(_|$)/i;

/**
 * Reads the configuration from environment variables; a variable set to nothing counts as not set. Throws one ConfigError
 * with actual value, expected value and remedy of every wrong variable; values of secret-looking names are not shown.
 */
export function readConfig<Schema extends z.ZodObject>(schema: Schema, env: Record<string, string | undefined>): z.infer<Schema> {
  const given = Object.fromEntries(Object.entries(env).filter(([name, value]) => name in schema.shape && value !== undefined && value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => describeProblem(String(issue.path[0] ?? 'configuration'), issue.message, given));
  throw new ConfigError(['configuration is invalid:', ...new Set(problems)].join('\n'));
}

function describeProblem(name: string, message: string, given: Record<string, string | undefined>): string {
  const value = given[name];
  const actual = value === undefined ? 'is not set' : `is ${secretName.test(name) ? 'hidden, as it looks secret' : JSON.stringify(value)}`;
  return `- ${name} ${actual}; expected: ${lowerFirst(expectation(name, message, value))}; ${value === undefined ? 'set' : 'correct'} the environment variable ${name}`;
}

/** A message of a schema can quote the value. */
function expectation(name: string, message: string, value: string | undefined): string {
  return secretName.test(name) && value !== undefined ? message.replaceAll(value, '…') : message;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
