import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { TransientError } from '@data-master/ports';
import { describeNotifier, perTest } from '@data-master/testing';
import { createSnsNotifier } from './sns.ts';
import { describeWithMoto, injectFaults } from './testing/index.ts';

await describeWithMoto('on moto', (moto) => {
  /** A topic with a subscriber that listens on this machine. */
  const setup = async (onEnd: (clean: () => unknown) => void) => {
    const delivered: { Subject?: string; Message: string }[] = [];
    const subscriber = createServer((request, response) => {
      void text(request).then((body) => {
        const notification = JSON.parse(body) as { Type: string; Subject?: string; Message: string };
        if (notification.Type === 'Notification') delivered.push(notification);
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(subscriber, 'listening');
    onEnd(() => subscriber.close());
    const client = new SNSClient({ ...moto().config });
    onEnd(() => client.destroy());
    const { TopicArn: topicArn = '' } = await client.send(new CreateTopicCommand({ Name: `alerts-${Math.random().toString(36).slice(2)}` }));
    await client.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'http', Endpoint: `http://127.0.0.1:${(subscriber.address() as AddressInfo).port}/` }));
    return { client, topicArn, delivered, notifier: createSnsNotifier({ client, topicArn }) };
  };

  describeNotifier('SNS', async (onEnd) => {
    const { notifier, delivered } = await setup(onEnd);
    return { notifier, delivered: async () => delivered.map(({ Subject = '', Message }) => `${Subject}\n${Message}`) };
  });

  const parts = perTest(setup);

  it('makes a subject that SNS takes', async () => {
    const { notifier, delivered } = parts();
    await notifier.notify({ subject: `Überlauf\nin   raw ${'x'.repeat(200)}`, message: 'm' });
    expect(delivered[0]?.Subject).toBe(`?berlauf in raw ${'x'.repeat(83)}`);
    await notifier.notify({ subject: '', message: 'm' });
    expect(delivered).toHaveLength(2);
  });

  it('says that throttling is transient, and which topic is missing', async () => {
    const { client, notifier, topicArn } = parts();
    injectFaults(client, 'PublishCommand', ['throttled', 'throttled', 'throttled']);
    await expect(notifier.notify({ subject: 's', message: 'm' })).rejects.toBeInstanceOf(TransientError);
    await expect(createSnsNotifier({ client, topicArn: `${topicArn}-missing` }).notify({ subject: 's', message: 'm' })).rejects.toThrow(/missing failed with NotFound.*deploy the stack/);
  });
});
