import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect, it } from '@jest/globals';
import { createLogger, type LoggerOptions } from './index.ts';

function capture(options: LoggerOptions = {}) {
  const chunks: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  const logger = createLogger({ destination, ...options });
  return { logger, text: () => chunks.join(''), lines: () => chunks.map((chunk) => JSON.parse(chunk) as Record<string, unknown>) };
}

it('writes one JSON line per event with level, time and the fields of all parents', () => {
  const { logger, lines } = capture({ fields: { app: 'dm' } });
  logger.child({ control_id: 'c1' }).child({ table: 'beer' }).log('warn', 'bronze.written', { rows: 3, bytes: 5n });
  expect(lines()).toEqual([
    { level: 'warn', time: expect.stringMatching(/^\d{4}-.*Z$/) as unknown, event: 'bronze.written', app: 'dm', control_id: 'c1', table: 'beer', rows: 3, bytes: 5 },
  ]);
});

it('leaves out what is below its level', () => {
  const { logger, lines } = capture({ level: 'warn' });
  logger.log('info', 'a');
  logger.log('error', 'b');
  expect(lines().map(({ event }) => event)).toEqual(['b']);
});

it('takes e-mail addresses out of fields at any depth, of parents, of errors, their stacks and causes', () => {
  const { logger, text, lines } = capture({ fields: { owner: 'jane@example.com' } });
  const error = new Error('row of jane@example.com', { cause: new Error('jane@example.com is taken') });
  logger.child({ user: ['jane@example.com'] }).log('error', 'failed', { error, nested: { list: [{ mail: 'to jane@example.com' }], 'jane@example.com': 1 } });
  expect(lines()).toHaveLength(1);
  expect(lines()[0]?.['error']).toMatchObject({ name: 'Error', message: expect.stringContaining('row of') as unknown, cause: { name: 'Error' } });
  expect(text()).not.toContain('jane');
});

it('uses the given redaction', () => {
  const { logger, lines } = capture({ redact: (text) => text.replaceAll('hops', '#') });
  logger.log('info', 'a', { text: 'hops hops' });
  expect(lines()[0]).toMatchObject({ text: '# #' });
});

it('logs what JSON cannot hold', () => {
  const { logger, lines } = capture();
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  logger.log('info', 'a', { big: 2n ** 70n, bytes: new Uint8Array(3), at: new Date(0), map: new Map([['a', 1]]), nothing: undefined, cyclic });
  expect(lines()[0]).toMatchObject({ big: String(2n ** 70n), bytes: '[3 bytes]', at: '1970-01-01T00:00:00.000Z', map: [['a', 1]] });
});

it('appends to a file, complete when the call returns', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'log-'));
  try {
    const destination = join(folder, 'logs', 'dm.log');
    createLogger({ destination }).log('info', 'first');
    createLogger({ destination }).log('info', 'second');
    const events = (await readFile(destination, 'utf8')).trim().split('\n').map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events).toEqual(['first', 'second']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
