import {
  ChangeMessageVisibilityCommand, DeleteMessageCommand, GetQueueAttributesCommand, GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand, type Message, type SQSClient,
} from '@aws-sdk/client-sqs';
import { TerminalError, type Queue, type QueueMessage } from '@data-master/ports';
import { withLakeErrors } from './aws-errors.ts';
import { checkMessageSize, readAttributes, writeAttributes, type MessageForm, type MessageText } from './sqs-message.ts';

export interface SqsQueueOptions<Body> {
  client: SQSClient;
  queueUrl: string;
  form: MessageForm<Body>;
}

/** A message that was received and not yet given up, by what SQS knows it by. */
interface HeldMessage {
  receipt: string;
  message: MessageText;
}

const idName = 'message-id';
const reasonName = 'reason';
const receiveLimit = 10;
const waitSeconds = 1;
const counts = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'] as const;

/**
 * A standard queue of SQS. Against the port it delivers in about the order of sending, adds a message of a known id again,
 * counts approximately, and rounds times up to whole seconds, delays to 900 s at most. Messages are acknowledged, released
 * and rejected by the instance that received them. A rejected one goes to the dead-letter queue of the redrive policy.
 */
export function createSqsQueue<Body>({ client, queueUrl, form }: SqsQueueOptions<Body>): Queue<Body> {
  const held = new Map<string, HeldMessage>();

  const sendTo = async (url: string, messageId: string, message: MessageText, delayMs: number): Promise<void> => {
    const attributes = { ...message.attributes, [idName]: messageId };
    checkMessageSize(messageId, { ...message, attributes });
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: message.text, MessageAttributes: writeAttributes(attributes), DelaySeconds: seconds(delayMs) }));
  };

  const take = ({ MessageId = '', ReceiptHandle: receipt = '', Body: text = '', Attributes, MessageAttributes }: Message): QueueMessage<Body> => {
    const { [idName]: messageId = MessageId, ...attributes } = readAttributes(MessageAttributes);
    const message = { text, attributes };
    held.set(messageId, { receipt, message });
    return { messageId, body: form.parse(message), receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1) };
  };

  /** Runs `work` on a held message, which is held no longer; on one that is not, nothing. */
  const giveUp = async (messageId: string, work: (held: HeldMessage) => Promise<unknown>): Promise<void> => {
    const found = held.get(messageId);
    if (!found) return;
    await work(found);
    if (held.get(messageId) === found) held.delete(messageId);
  };
  const remove = (receipt: string) => client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receipt }));

  const attributesOf = async (url: string): Promise<Partial<Record<string, string>>> =>
    (await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...counts, 'RedrivePolicy'] }))).Attributes ?? {};

  const deadLetterUrl = async ({ RedrivePolicy = '{}' }: Partial<Record<string, string>>): Promise<string | undefined> => {
    const arn = (JSON.parse(RedrivePolicy) as { deadLetterTargetArn?: string }).deadLetterTargetArn;
    if (arn === undefined) return undefined;
    const [, , , , account, name] = arn.split(':');
    return (await client.send(new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account }))).QueueUrl;
  };

  return {
    send: (messageId, body, { delayMs = 0 } = {}) => withLakeErrors(`sending to queue ${queueUrl}`, () => sendTo(queueUrl, messageId, form.format(body), delayMs)),
    receive: ({ limit, visibilityMs }) =>
      withLakeErrors(`receiving from queue ${queueUrl}`, async () => {
        const received: QueueMessage<Body>[] = [];
        while (received.length < limit) {
          const { Messages = [] } = await client.send(new ReceiveMessageCommand({
            QueueUrl: queueUrl, MaxNumberOfMessages: Math.min(receiveLimit, limit - received.length), VisibilityTimeout: seconds(visibilityMs), WaitTimeSeconds: received.length === 0 ? waitSeconds : 0,
            MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['ApproximateReceiveCount'],
          }));
          if (Messages.length === 0) break;
          received.push(...Messages.map(take));
        }
        return received;
      }),
    acknowledge: (messageId) => withLakeErrors(`deleting from queue ${queueUrl}`, () => giveUp(messageId, ({ receipt }) => remove(receipt))),
    release: (messageId, delayMs) =>
      withLakeErrors(`releasing to queue ${queueUrl}`, () =>
        giveUp(messageId, ({ receipt }) => client.send(new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle: receipt, VisibilityTimeout: seconds(delayMs) })))),
    reject: (messageId, reason) =>
      withLakeErrors(`rejecting from queue ${queueUrl}`, () =>
        giveUp(messageId, async ({ receipt, message }) => {
          const url = await deadLetterUrl(await attributesOf(queueUrl));
          if (url === undefined) throw new TerminalError(`queue ${queueUrl} has no dead-letter queue; expected one for the message ${messageId}; give it a redrive policy`);
          await sendTo(url, messageId, { ...message, attributes: { ...message.attributes, [reasonName]: reason } }, 0);
          await remove(receipt);
        })),
    size: () =>
      withLakeErrors(`counting queue ${queueUrl}`, async () => {
        const attributes = await attributesOf(queueUrl);
        const url = await deadLetterUrl(attributes);
        return { waiting: countOf(attributes), rejected: url === undefined ? 0 : countOf(await attributesOf(url)) };
      }),
  };
}

const seconds = (ms: number): number => Math.ceil(ms / 1000);
const countOf = (attributes: Partial<Record<string, string>>): number => counts.reduce((sum, name) => sum + Number(attributes[name] ?? 0), 0);
