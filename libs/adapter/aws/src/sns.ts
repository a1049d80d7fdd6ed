import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Notifier } from '@data-master/ports';
import { withLakeErrors } from './aws-errors.ts';

const maxSubjectChars = 99;
const maxMessageBytes = 250_000;

/**
 * Notices as messages of an SNS topic: the message, and below it the fields as JSON. What SNS cannot carry is changed:
 * characters of a subject beyond ASCII become `?`, and what is too long is cut.
 */
export function createSnsNotifier({ client, topicArn }: { client: SNSClient; topicArn: string }): Notifier {
  return {
    notify: ({ subject, message, fields = {} }) =>
      withLakeErrors(`publishing to topic ${topicArn}`, async () => {
        const text = Object.keys(fields).length === 0 ? message : `${message}\n\n${JSON.stringify(fields, null, 2)}`;
        await client.send(new PublishCommand({ TopicArn: topicArn, Subject: subjectOf(subject), Message: cut(text) || subject }));
      }),
  };
}

function subjectOf(subject: string): string | undefined {
  const line = subject.replace(/\s+/g, ' ').trim().replace(/[^ -~]/gu, '?');
  return line.slice(0, maxSubjectChars) || undefined;
}

function cut(text: string): string {
  return Buffer.byteLength(text) <= maxMessageBytes ? text : `${Buffer.from(text).subarray(0, maxMessageBytes).toString()} …`;
}
