import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { alertOn, alertPeriod } from './alerts.ts';
import { acknowledge } from './least-privilege-role.ts';

export interface DeadLettersProps {
  queueName: string;
  key: IKey;
  topicArn: string;
  /** What is in the queue, for the alert: `raw objects that were not registered`. */
  content: string;
}

/** A queue for what could not be delivered or handled, kept for 14 days; anything in it is an alert. */
export class DeadLetters extends Queue {
  constructor(scope: Construct, id: string, { queueName, key, topicArn, content }: DeadLettersProps) {
    super(scope, id, { queueName, retentionPeriod: Duration.days(14), encryption: QueueEncryption.KMS, encryptionMasterKey: key, enforceSSL: true });
    acknowledge(this, 'AwsSolutions-SQS3', 'is itself where dead letters go');
    alertOn(this, 'Alert', {
      alarmName: queueName,
      description: `${queueName} holds ${content}; docs/operations.md says how to look at them and send them again`,
      metric: this.metricApproximateNumberOfMessagesVisible({ period: alertPeriod, statistic: 'Maximum' }),
      topicArn,
    });
  }
}
