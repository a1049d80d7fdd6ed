import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { ConfigError, readConfig } from './index.ts';

const schema = z.object({
  DM_HOME: z.string().default('.lake'),
  DM_THREADS: z.coerce.number().int().positive(),
  DM_LEVEL: z.enum(['info', 'warn']),
  DB_PASSWORD: z.string().min(20).refine((value) => value.startsWith('x'), { error: (issue) => `must begin with x, not ${String(issue.input)}` }),
});

function problemsOf(env: Record<string, string | undefined>): string {
  try {
    readConfig(schema, env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return String(error);
  }
  throw new Error('the configuration was accepted');
}

it('reads typed values and defaults, and ignores other variables', () => {
  const env = { DM_THREADS: '2', DM_LEVEL: 'warn', DB_PASSWORD: 'x'.repeat(20), DM_HOME: '', PATH: '/bin' };
  expect(readConfig(schema, env)).toEqual({ DM_HOME: '.lake', DM_THREADS: 2, DM_LEVEL: 'warn', DB_PASSWORD: 'x'.repeat(20) });
});

it('lists every wrong variable with its value, what is expected and what to do', () => {
  const lines = problemsOf({ DM_THREADS: 'two', DM_LEVEL: 'loud' }).split('\n').slice(1);
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^- DM_THREADS is "two"; expected: .*number.*; correct the environment variable DM_THREADS$/);
  expect(lines[1]).toMatch(/^- DM_LEVEL is "loud"; expected: .*"info".*"warn".*; correct/);
  expect(lines[2]).toMatch(/^- DB_PASSWORD is not set; expected: .*; set the environment variable DB_PASSWORD$/);
});

it('does not show the value of a secret', () => {
  const text = problemsOf({ DM_THREADS: '2', DM_LEVEL: 'info', DB_PASSWORD: 'hunter2' });
  expect(text).toContain('DB_PASSWORD is hidden');
  expect(text).not.toContain('hunter2');
});
