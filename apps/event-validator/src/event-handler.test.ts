import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { DeadEvent } from '@data-master/events';
import { TransientError } from '@data-master/ports';
import { collect, createManualClock, createMemoryLogger, createMemoryObjectStore, createMemoryQueue } from '@data-master/testing';
import { createEventHandler } from './event-handler.ts';

const root = join(import.meta.dirname, '../../..');
const context = { awsRequestId: 'request-1' };
const review = { event: 'review_posted', version: 2, event_id: '3f0c6a3e-6d0f-4d4b-9a52-0a1f5a3c9b11', occurred_at: '2026-03-01T12:00:00Z', channel: 'web', review: { review_id: 1, brewery_id: 2, beer_id: 3, profile_id: 4, review_overall: 4.5 } };

/** A record as the queue's event source delivers it. */
const record = (messageId: string, body: string) => ({
  messageId, body, receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a', md5OfBody: '00', eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:dm-events', awsRegion: 'us-east-1',
  attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1772366400000', SenderId: 'AIDAIENQZJOLO23YVJ4VO', ApproximateFirstReceiveTimestamp: '1772366400010' }, messageAttributes: {},
});

async function makeParts() {
  const clock = createManualClock();
  const schemas = createMemoryObjectStore();
  for (const version of [1, 2]) await schemas.write(`schemas/review_posted/${version}.json`, readFileSync(join(root, `schemas/review_posted/${version}.json`)));
  return { schemas, clock, valid: createMemoryQueue<string>(clock), dead: createMemoryQueue<DeadEvent>(clock), quarantine: createMemoryObjectStore(), logger: createMemoryLogger() };
}
const all = { limit: 100, visibilityMs: 1 };

it('sends valid events of a batch on, keeps invalid ones and has nothing delivered again', async () => {
  const parts = await makeParts();
  const handler = await createEventHandler(parts);
  const body = JSON.stringify(review);
  expect(await handler({ Records: [record('m1', body), record('m2', '{"event":"brew"}')] }, context)).toEqual({ batchItemFailures: [] });
  expect(await parts.valid.receive(all)).toMatchObject([{ messageId: 'm1', body }]);
  expect(await parts.dead.receive(all)).toMatchObject([{ messageId: 'm2', body: { body: '{"event":"brew"}', quarantineKey: 'quarantine/events/m2.json' } }]);
  expect(Buffer.concat(await collect(parts.quarantine.read('quarantine/events/m2.json'))).toString()).toContain('one of \\"review_posted\\"');
  expect(parts.logger.entries).toEqual([expect.objectContaining({ event: 'events.accepted', fields: { request_id: 'request-1', valid: 1, invalid: 1, failed: 0 } })]);
});

it('names only the messages that a port refused', async () => {
  const parts = await makeParts();
  const valid = { send: async (messageId: string, body: string) => (messageId === 'm2' ? Promise.reject(new TransientError('throttled')) : parts.valid.send(messageId, body)) };
  const handler = await createEventHandler({ ...parts, valid });
  const Records = ['m1', 'm2', 'm3'].map((id) => record(id, JSON.stringify(review)));
  expect(await handler({ Records }, context)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm2' }] });
  expect(await parts.valid.size()).toEqual({ waiting: 2, rejected: 0 });
});

it('does not start with a repository that cannot be used', async () => {
  const parts = await makeParts();
  await parts.schemas.write('schemas/review_posted/3.json', Buffer.from('{}'));
  await expect(createEventHandler(parts)).rejects.toThrow('review_posted/3.json: /$schema is nothing');
});

it('refuses what is no batch of a queue, or names objects outside quarantine', async () => {
  const handler = await createEventHandler(await makeParts());
  await expect(handler({ Records: [{ messageId: '../m1', body: '{}' }] }, context)).rejects.toThrow('event is not understood (Records.0.messageId');
  await expect(handler({}, context)).rejects.toThrow('event is not understood (Records');
});
