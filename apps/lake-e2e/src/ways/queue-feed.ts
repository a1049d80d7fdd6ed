import { ChangeMessageVisibilityCommand, DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient, type Message } from '@aws-sdk/client-sqs';
import type { FunctionPool } from '../processes/function-pool.ts';
import type { AccountAccess } from '../template/account.ts';
import type { Deployment, Resource } from '../template/deployment.ts';
import { asList, isObject, requireObject, requireText, toText, type Json, type JsonObject } from '../template/json.ts';

export interface QueueFeedPorts {
  deployment: Deployment;
  /** Credentials of the function's role. */
  access: AccountAccess;
  functionPool: (arn: string) => FunctionPool;
  /** Reaches the account as nobody's role: to let time pass for what the function failed on. */
  account: AccountAccess;
}

export interface QueueFeed {
  /** Gives the function all that waits, in batches, and again what it failed on, until that goes to the dead letters; gives how many messages it gave. */
  feed: (rearrange?: (messages: Message[]) => Message[]) => Promise<number>;
  close: () => void;
}

const receiveLimit = 10;

/** Does what Lambda does for a mapping of a queue to a function: receives, invokes, deletes what the answer does not name. */
export function createQueueFeed(mapping: Resource, { deployment, access, functionPool, account }: QueueFeedPorts): QueueFeed {
  const client = new SQSClient(access);
  const clock = new SQSClient(account);
  const properties = mapping.properties();
  const queueArn = requireText(properties['EventSourceArn'], 'EventSourceArn');
  const functionArn = deployment.find('AWS::Lambda::Function', requireText(properties['FunctionName'], 'FunctionName')).attributes['Arn']!;
  const isPartial = asList(properties['FunctionResponseTypes']).includes('ReportBatchItemFailures');
  const urlAt = ({ endpoint }: AccountAccess): string => `${endpoint}/${deployment.place.account}/${queueArn.split(':').at(-1)!}`;
  const url = urlAt(access);

  const receive = async (): Promise<Message[]> => {
    await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
    const messages: Message[] = [];
    for (let more = true; more && messages.length < Number(properties['BatchSize'] ?? receiveLimit); ) {
      const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: receiveLimit, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] }));
      messages.push(...Messages);
      more = Messages.length > 0;
    }
    return messages;
  };

  return {
    async feed(rearrange = (messages) => messages) {
      let given = 0;
      for (let messages = await receive(); messages.length > 0; messages = await receive()) {
        const failed = await functionPool(functionArn).invoke({ Records: rearrange(messages).map((message) => asRecord(message, queueArn, deployment.place.region)) }).then((answer) => failuresOf(answer as Json, isPartial), () => undefined);
        for (const { MessageId: id, ReceiptHandle: receipt } of messages) {
          if (failed === undefined || failed.includes(id!)) await clock.send(new ChangeMessageVisibilityCommand({ QueueUrl: urlAt(account), ReceiptHandle: receipt, VisibilityTimeout: 0 }));
          else await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt }));
        }
        given += messages.length;
      }
      return given;
    },
    close() {
      client.destroy();
      clock.destroy();
    },
  };
}

function asRecord({ MessageId, ReceiptHandle, Body, MD5OfBody, Attributes = {}, MessageAttributes = {} }: Message, eventSourceARN: string, awsRegion: string): JsonObject {
  return {
    messageId: MessageId!, receiptHandle: ReceiptHandle!, body: Body!, md5OfBody: MD5OfBody ?? '', attributes: Attributes, eventSource: 'aws:sqs', eventSourceARN, awsRegion,
    messageAttributes: Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue: value, DataType: type }]) => [name, { stringValue: value!, dataType: type! }])),
  };
}

function failuresOf(answer: Json, isPartial: boolean): string[] {
  if (!isPartial || !isObject(answer)) return [];
  return asList(answer['batchItemFailures']).map((each) => toText(requireObject(each, 'failure')['itemIdentifier']));
}
