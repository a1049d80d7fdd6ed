import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { ObjectMissingError, TransientError, type Logger } from '@data-master/ports';
import { lambdaHandler } from './index.ts';

const schema = z.object({ control_id: z.string().min(1), detail: z.object({ size: z.number() }).optional() });
const context = { awsRequestId: 'request-1' };

interface Line { fields: Record<string, unknown>; event: string; own: Record<string, unknown> }

function memoryLogger(lines: Line[], fields: Record<string, unknown> = {}): Logger {
  return {
    log: (_level, event, own = {}) => void lines.push({ fields, event, own }),
    child: (more) => memoryLogger(lines, { ...fields, ...more }),
  };
}

async function failureOf(work: (event: { control_id: string }) => Promise<unknown>, event: unknown = { control_id: 'c1' }) {
  const lines: Line[] = [];
  const error: unknown = await lambdaHandler(schema, { logger: memoryLogger(lines) }, work)(event, context).catch((thrown: unknown) => thrown);
  return { error: error as Error, lines };
}

it('gives the use case the parsed event and ports whose logger names the request', async () => {
  const lines: Line[] = [];
  const handler = lambdaHandler(schema, { logger: memoryLogger(lines, { app: 'test' }), factor: 2 }, async ({ control_id: id }, { logger, factor }) => {
    logger.log('info', 'seen');
    return { id, factor };
  });
  expect(await handler({ control_id: 'c1', more: true }, context)).toEqual({ id: 'c1', factor: 2 });
  expect(lines).toEqual([{ fields: { app: 'test', request_id: 'request-1' }, event: 'seen', own: {} }]);
});

it('refuses an event that is not understood with every wrong place and no value', async () => {
  const { error } = await failureOf(async () => undefined, { control_id: 7, detail: { size: 'jane@example.com' } });
  expect(error.name).toBe('TerminalError');
  expect(error.message).toMatch(/^event is not understood \(control_id: .*string.*; detail\.size: .*number.*\); expected .*; correct/);
  expect(error.message).not.toContain('jane');
});

it('tells of each of several shapes why the event has another one', async () => {
  const shapes = z.union([z.object({ action: z.literal('sweep') }), z.object({ detail: z.object({ key: z.string() }) })]);
  const handler = lambdaHandler(shapes, { logger: memoryLogger([]) }, async () => undefined);
  await expect(handler({ detail: {} }, context)).rejects.toThrow(/\(\[action: .*"sweep"\] or \[detail\.key: .*string.*\]\)/);
});

it('names a failure that may pass as the Retry of a state machine matches it', async () => {
  class Throttled extends TransientError {
    override readonly name = 'Throttled';
  }
  const { error, lines } = await failureOf(async () => {
    throw new Throttled('too many requests');
  });
  expect(error).toMatchObject({ name: 'TransientError', message: 'too many requests' });
  expect(lines).toEqual([expect.objectContaining({ event: 'request.failed', fields: { request_id: 'request-1' } })]);
});

it('names every other failure of the lake terminal and leaves foreign ones their name', async () => {
  expect((await failureOf(() => Promise.reject(new ObjectMissingError('raw/x')))).error.name).toBe('TerminalError');
  expect((await failureOf(() => Promise.reject(new RangeError('out of range')))).error).toMatchObject({ name: 'RangeError', message: 'out of range' });
});

it('reports no personal data in name, message, stack or cause', async () => {
  for (const cause of [new TransientError('row of jane@example.com'), new Error('row of jane@example.com', { cause: 'jane@example.com' })]) {
    const { error } = await failureOf(() => Promise.reject(cause));
    expect(error.message).toContain('row of');
    expect(`${error.name} ${error.message} ${error.stack} ${String(error.cause)}`).not.toContain('jane');
  }
});
