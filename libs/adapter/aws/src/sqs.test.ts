import { expect, it } from '@jest/globals';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { TransientError } from '@data-master/ports';
import { describeQueue, perTest } from '@data-master/testing';
import { createSqsQueue, jsonForm, maxMessageBytes, memberForm, textForm } from './sqs.ts';
import { describeWithMoto, injectFaults } from './testing/index.ts';
import { makeQueue } from './testing/ways-parts.ts';

await describeWithMoto('on moto', (moto) => {
  // SQS counts in seconds. It is neither ordered nor does it know ids, so that contract is not run.
  describeQueue('the SQS queue', async (clock, onEnd) => createSqsQueue({ ...(await makeQueue(moto(), onEnd, clock)), form: jsonForm<{ n: number }>() }), 1_000);

  const parts = perTest(async (onEnd) => {
    const made = await makeQueue(moto(), onEnd);
    return { ...made, queue: createSqsQueue({ ...made, form: textForm }) };
  });
  const all = { limit: 100, visibilityMs: 60_000 };

  it('sends texts as they are, for consumers that read no attributes', async () => {
    const { client, queueUrl, queue } = parts();
    const text = '{"a": "ü\t\u{1F37A}"} \n';
    await queue.send('m', text);
    const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl: queueUrl }));
    expect(Messages?.map(({ Body }) => Body)).toEqual([text]);
  });

  it('puts what belongs to a text beside it, and together again', async () => {
    const { client, queueUrl } = parts();
    const queue = createSqsQueue({ client, queueUrl, form: memberForm<{ body: string; key: string }>('body') });
    await queue.send('m', { body: '{"a":1}', key: 'quarantine/m.json' });
    const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, MessageAttributeNames: ['All'], VisibilityTimeout: 0 }));
    expect(Messages).toMatchObject([{ Body: '{"a":1}', MessageAttributes: { key: { StringValue: 'quarantine/m.json' } } }]);
    expect(await queue.receive(all)).toMatchObject([{ messageId: 'm', body: { body: '{"a":1}', key: 'quarantine/m.json' } }]);
  });

  it('gives messages that others sent by the id that SQS gave them', async () => {
    const { client, queueUrl, queue } = parts();
    const { MessageId: messageId } = await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'text' }));
    expect(await queue.receive(all)).toEqual([{ messageId, body: 'text', receiveCount: 1 }]);
  });

  it('gives as many as it is asked for, beyond what one request can', async () => {
    const { queue } = parts();
    await Promise.all(Array.from({ length: 25 }, (_, n) => queue.send(`m${n}`, String(n))));
    expect(await queue.receive({ ...all, limit: 21 })).toHaveLength(21);
    expect(await queue.receive(all)).toHaveLength(4);
  });

  it('keeps the reason of a rejection with the message', async () => {
    const { client, deadUrl, queue } = parts();
    await queue.send('m', 'text');
    await queue.receive(all);
    await queue.reject('m', 'no such table');
    const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl: deadUrl, MessageAttributeNames: ['All'] }));
    expect(Messages).toMatchObject([{ Body: 'text', MessageAttributes: { 'message-id': { StringValue: 'm' }, reason: { StringValue: 'no such table' } } }]);
  });

  it('rejects nothing where there is no dead-letter queue, and loses nothing', async () => {
    const { client } = parts();
    const { QueueUrl: queueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: `alone-${Date.now()}` }));
    const alone = createSqsQueue({ client, queueUrl, form: textForm });
    await alone.send('m', 'text');
    await alone.receive(all);
    await expect(alone.reject('m', 'reason')).rejects.toThrow(/no dead-letter queue.*give it a redrive policy/);
    expect(await alone.size()).toEqual({ waiting: 1, rejected: 0 });
  });

  it('takes the largest message that SQS does, and names the size of a larger one', async () => {
    const { queue } = parts();
    const beside = Buffer.byteLength('message-idStringm');
    await queue.send('m', 'x'.repeat(maxMessageBytes - beside));
    await expect(queue.send('m', 'x'.repeat(maxMessageBytes - beside + 1))).rejects.toMatchObject({ name: 'TerminalError', message: expect.stringContaining('has 1048577 bytes with its attributes; expected at most 1048576') as unknown });
    await expect(queue.send('m', 'x'.repeat(10_000_000))).rejects.toThrow('put what is large into a store and send its key');
  });

  it('says that throttling is transient, and which queue is gone', async () => {
    const { client, queueUrl, queue } = parts();
    injectFaults(client, 'SendMessageCommand', ['throttled', 'throttled', 'throttled']);
    await expect(queue.send('m', 'x')).rejects.toBeInstanceOf(TransientError);
    const gone = createSqsQueue({ client, queueUrl: `${queueUrl}-gone`, form: textForm });
    await expect(gone.send('m', 'x')).rejects.toThrow(/-gone failed with .*correct the name and the region, or deploy the stack/);
    await expect(gone.receive(all)).rejects.toMatchObject({ name: 'TerminalError' });
  });
});
