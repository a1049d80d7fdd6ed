import { expect, it } from '@jest/globals';
import { TransientError } from '@data-master/ports';
import { collect, createManualClock, createMemoryLogger, createMemoryObjectStore, createMemoryQueue } from '@data-master/testing';
import { acceptEvents, openSchemaRepository, type AcceptPorts, type DeadEvent, type QuarantinedEvent } from './index.ts';
import { readOwnSchemas, reviewPosted } from './testing/schemas.ts';

function makePorts() {
  const clock = createManualClock();
  const parts = { valid: createMemoryQueue<string>(clock), dead: createMemoryQueue<DeadEvent>(clock), quarantine: createMemoryObjectStore(), logger: createMemoryLogger() };
  const ports: AcceptPorts = { repository: openSchemaRepository(readOwnSchemas()), clock, ...parts };
  return { ...parts, ports };
}
const all = { limit: 100, visibilityMs: 1 };
const validText = `${JSON.stringify(reviewPosted(), null, 1)} `;
const invalidText = JSON.stringify(reviewPosted({ event_id: 7, author: 'jane@example.com' }));

it('passes a valid event on unchanged, byte by byte', async () => {
  const { ports, valid, dead } = makePorts();
  expect(await acceptEvents([{ messageId: 'm1', body: validText }], ports)).toEqual({ valid: 1, invalid: 0, failedIds: [] });
  expect(await valid.receive(all)).toEqual([{ messageId: 'm1', body: validText, receiveCount: 1 }]);
  expect(await dead.size()).toEqual({ waiting: 0, rejected: 0 });
});

it('keeps an invalid event with every violated rule, redacted in quarantine and unchanged on the dead-letter queue', async () => {
  const { ports, valid, dead, quarantine, logger } = makePorts();
  expect(await acceptEvents([{ messageId: 'm1', body: invalidText }], ports)).toEqual({ valid: 0, invalid: 1, failedIds: [] });
  const quarantineKey = 'quarantine/events/m1.json';
  expect(await dead.receive(all)).toEqual([{ messageId: 'm1', body: { body: invalidText, quarantineKey }, receiveCount: 1 }]);
  expect(await valid.size()).toEqual({ waiting: 0, rejected: 0 });
  const quarantined = JSON.parse(Buffer.concat(await collect(quarantine.read(quarantineKey))).toString('utf8')) as QuarantinedEvent;
  expect(quarantined).toEqual({
    message_id: 'm1',
    quarantined_at: ports.clock.now().toISOString(),
    size_bytes: Buffer.byteLength(invalidText),
    violations: [
      { path: '/author', rule: 'additionalProperties', actual: '"<email>"', expected: 'no such field' },
      { path: '/event_id', rule: 'type', actual: '7', expected: 'string' },
    ],
    original: invalidText.replace('jane@example.com', '<email>'),
  });
  expect(JSON.stringify(logger.entries)).not.toContain('jane');
});

it('hands back only what a port refused, and a repetition adds nothing twice', async () => {
  const { ports, valid, dead } = makePorts();
  const refusing = { send: async () => Promise.reject(new TransientError('the queue of jane@example.com is throttled')) };
  const batch = [{ messageId: 'm1', body: validText }, { messageId: 'm2', body: invalidText }, { messageId: 'm3', body: validText }];
  expect(await acceptEvents(batch, { ...ports, dead: refusing })).toEqual({ valid: 2, invalid: 0, failedIds: ['m2'] });
  expect(await acceptEvents(batch, ports)).toEqual({ valid: 2, invalid: 1, failedIds: [] });
  expect((await valid.receive(all)).map(({ messageId }) => messageId)).toEqual(['m1', 'm3']);
  expect((await dead.receive(all)).map(({ messageId }) => messageId)).toEqual(['m2']);
});

it('puts nothing on the dead-letter queue before it is in quarantine', async () => {
  const { ports, dead } = makePorts();
  const quarantine = { write: async () => Promise.reject(new TransientError('slow down')) };
  expect((await acceptEvents([{ messageId: 'm1', body: '{' }], { ...ports, quarantine })).failedIds).toEqual(['m1']);
  expect(await dead.size()).toEqual({ waiting: 0, rejected: 0 });
});
