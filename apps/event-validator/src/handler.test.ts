import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { describeWithMoto, makeLakeResources, makeQueue, openRequestGate, startLambda, type LakeResources, type LambdaProcess } from '@data-master/aws/testing';
import { collect } from '@data-master/testing';

const handler = join(import.meta.dirname, 'handler.ts');
const schemas = join(import.meta.dirname, '../../../schemas');
/** As AWS documents it. */
const documented = JSON.parse(readFileSync(join(import.meta.dirname, '../testdata/sqs-event.json'), 'utf8')) as { Records: [{ messageId: string }] };
const review = { event: 'review_posted', version: 1, event_id: '3f0c6a3e-6d0f-4d4b-9a52-0a1f5a3c9b11', occurred_at: '2026-03-01T12:00:00Z', review: { review_id: 1, brewery_id: 2, beer_id: 3, profile_id: 4, review_overall: 4.5 } };
const batch = (bodies: Record<string, string>) => ({ Records: Object.entries(bodies).map(([messageId, body]) => ({ ...documented.Records[0], messageId, body })) });

await describeWithMoto('the event validator', (moto) => {
  let lake: LakeResources;
  let valid: Awaited<ReturnType<typeof makeQueue>>;
  let dead: Awaited<ReturnType<typeof makeQueue>>;
  let validator: LambdaProcess;
  const cleaning: (() => unknown)[] = [];

  beforeAll(async () => {
    const onEnd = (clean: () => unknown) => void cleaning.push(clean);
    lake = await makeLakeResources(moto(), onEnd);
    [valid, dead] = [await makeQueue(moto(), onEnd), await makeQueue(moto(), onEnd)];
    for (const file of readdirSync(schemas, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))) await lake.stage.write(`schemas/${file}`, readFileSync(join(schemas, file)));
    lake.environment = { ...lake.environment, DM_VALID_QUEUE_URL: valid.queueUrl, DM_DEAD_QUEUE_URL: dead.queueUrl };
    validator = start({});
  });
  afterAll(async () => {
    for (const clean of cleaning) await clean();
  });

  const start = (environment: Record<string, string>): LambdaProcess => {
    const started = startLambda(handler, { ...lake.environment, ...environment });
    cleaning.push(() => started.close());
    return started;
  };
  const receive = async ({ client, queueUrl }: { client: SQSClient; queueUrl: string }) =>
    (await client.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }))).Messages ?? [];

  it('passes valid events on unchanged, and keeps invalid ones in quarantine and on the dead-letter queue', async () => {
    const body = ` ${JSON.stringify(review, null, 1)}\n`;
    expect(await validator.invoke(batch({ m1: body, m2: '{"event":"brew","by":"jane@example.com"}' }))).toEqual({ batchItemFailures: [] });
    expect((await receive(valid)).map(({ Body }) => Body)).toEqual([body]);
    expect(await receive(dead)).toMatchObject([{ Body: '{"event":"brew","by":"jane@example.com"}', MessageAttributes: { quarantineKey: { StringValue: 'quarantine/events/m2.json' } } }]);
    const quarantined = Buffer.concat(await collect(lake.stage.read('quarantine/events/m2.json'))).toString();
    expect(quarantined).toContain('one of \\"review_posted\\"');
    expect(quarantined + JSON.stringify(validator.logs)).not.toContain('jane');
    expect(await validator.logged(({ event }) => event === 'events.accepted')).toMatchObject({ app: 'event-validator', valid: 1, invalid: 1, failed: 0 });
  });

  it('does what the documented event says: its text is no event', async () => {
    expect(await validator.invoke(documented)).toEqual({ batchItemFailures: [] });
    expect((await receive(dead)).map(({ Body }) => Body)).toEqual(['Test message.']);
  });

  it('names only the messages that the queue refused, and takes them when they come again', async () => {
    let refused = 0;
    const gate = await openRequestGate(moto().endpoint, ({ body }) => (body.includes('second') && (refused += 1) <= 1 ? 503 : true));
    cleaning.push(() => gate.close());
    const disturbed = start({ DM_VALID_QUEUE_URL: valid.queueUrl.replace(moto().endpoint, gate.endpoint), AWS_MAX_ATTEMPTS: '1' });
    const texts = Object.fromEntries(['first', 'second', 'third'].map((id) => [id, JSON.stringify({ ...review, version: 2, review: { ...review.review, serving: id } })]));
    expect(await disturbed.invoke(batch(texts))).toEqual({ batchItemFailures: [{ itemIdentifier: 'second' }] });
    expect(await disturbed.invoke(batch({ second: texts['second']! }))).toEqual({ batchItemFailures: [] });
    expect((await receive(valid)).map(({ Body }) => Body).sort()).toEqual(Object.values(texts).sort());
  });

  it('hands everything back when its queue is gone, saying so', async () => {
    const lost = start({ DM_VALID_QUEUE_URL: `${valid.queueUrl}-gone` });
    expect(await lost.invoke(batch({ m3: JSON.stringify(review) }))).toEqual({ batchItemFailures: [{ itemIdentifier: 'm3' }] });
    expect(await lost.logged(({ event }) => event === 'event.failed')).toMatchObject({ message_id: 'm3', error: expect.stringContaining('or deploy the stack that makes it') as unknown });
  });

  it('keeps an event that no queue could carry further', async () => {
    const huge = JSON.stringify({ ...review, padding: 'x'.repeat(1_000_000) });
    expect(await validator.invoke(batch({ m4: huge }))).toEqual({ batchItemFailures: [] });
    expect(Buffer.concat(await collect(lake.stage.read('quarantine/events/m4.json'))).toString()).toContain(`"actual":"${huge.length} bytes","expected":"at most 1000000 bytes"`);
    expect((await receive(dead))[0]?.Body).toBe(huge);
  });

  it('hands back an event of 10 MB, which is in quarantine, as no queue takes it', async () => {
    expect(await validator.invoke(batch({ m5: 'x'.repeat(10_000_000) }))).toEqual({ batchItemFailures: [{ itemIdentifier: 'm5' }] });
    expect(await validator.logged(({ message_id: id }) => id === 'm5')).toMatchObject({ error: expect.stringMatching(/has \d+ bytes with its attributes; expected at most 1048576/) as unknown });
    expect(await lake.stage.head('quarantine/events/m5.json')).toMatchObject({ sizeBytes: expect.any(Number) as unknown });
  });

  it('takes nothing by schemas that cannot be used, and names the one', async () => {
    await lake.stage.write('broken/review_posted/3.json', Buffer.from('{}'));
    const broken = start({ DM_SCHEMA_PREFIX: 'broken/' });
    await expect(broken.invoke(batch({}))).rejects.toThrow(/review_posted\/3\.json: \/\$schema is nothing/);
  });

  it('refuses what is no batch of a queue, or names objects outside quarantine', async () => {
    await expect(validator.invoke({})).rejects.toMatchObject({ name: 'TerminalError', message: expect.stringContaining('event is not understood (Records') as unknown });
    await expect(validator.invoke(batch({ '../m1': '{}' }))).rejects.toThrow('event is not understood (Records.0.messageId');
  });
});
