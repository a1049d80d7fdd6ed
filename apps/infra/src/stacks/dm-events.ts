import { Duration } from 'aws-cdk-lib';
import { CfnEventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { DeadLetters, LakeDelivery } from '@data-master/constructs';
import type { Construct } from 'constructs';
import type { LakePlan } from '../lake-plan.ts';
import { errorFolder } from '../permissions.ts';
import type { SecurityStack } from './dm-security.ts';
import { LakeStack } from './lake-stack.ts';

interface Stage {
  queue: keyof LakePlan['names']['queues'];
  app: 'event-validator' | 'event-writer';
  role: 'eventValidator' | 'eventWriter';
  description: string;
  /** What ends among the dead letters, for the alert. */
  content: string;
  batchSize: number;
  windowSeconds: number;
  maximumConcurrency: number;
}

/** Events one by one are valid or not; together they make objects of raw, the larger the better. */
const stages = {
  Raw: { queue: 'rawEvents', app: 'event-validator', role: 'eventValidator', description: 'Passes valid events on and keeps invalid ones', content: 'events that are invalid, that their delivery cannot hold or that the validator failed on', batchSize: 100, windowSeconds: 1, maximumConcurrency: 20 },
  Valid: { queue: 'validEvents', app: 'event-writer', role: 'eventWriter', description: 'Writes valid events to raw in batches', content: 'valid events that the writer failed on', batchSize: 10_000, windowSeconds: 60, maximumConcurrency: 5 },
} as const satisfies Record<string, Stage>;

const retentionDays = 14;
const receives = 5;
/** What Lambda asks of a queue: six times as long as its function may take. */
const visibilityFactor = 6;

/** From events to raw: a queue, the validator, a second queue, the writer, and Firehose for what is delivered as JSON. */
export class EventsStack extends LakeStack {
  constructor(scope: Construct, lake: LakePlan, { rawKey }: SecurityStack) {
    super(scope, 'events', lake, 'Validated events of the lake');
    const { names, arns, environment } = lake;
    for (const [id, { queue: key, app, role, description, content, ...batch }] of Object.entries(stages)) {
      const deadLetters = new DeadLetters(this, `${id}DeadLetters`, { queueName: names.deadLetters[key], key: rawKey, topicArn: this.alertsTopicArn, content });
      const queue = new Queue(this, `${id}Events`, {
        queueName: names.queues[key],
        encryption: QueueEncryption.KMS,
        encryptionMasterKey: rawKey,
        enforceSSL: true,
        retentionPeriod: Duration.days(retentionDays),
        visibilityTimeout: Duration.seconds(environment.sizes[role].timeoutSeconds * visibilityFactor + batch.windowSeconds),
        deadLetterQueue: { queue: deadLetters, maxReceiveCount: receives },
      });
      this.feed(id, queue, this.function(app, role, description), batch);
    }
    new LakeDelivery(this, 'Delivery', {
      streamName: names.streams.events,
      source: { key: rawKey },
      bucketArn: arns.bucket(names.buckets.stage),
      prefix: 'raw/!{partitionKeyFromQuery:event}/',
      errorPrefix: `${errorFolder}!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/`,
      processors: [
        { type: 'MetadataExtraction', parameters: { MetadataExtractionQuery: '{event: .event}', JsonParsingEngine: 'JQ-1.6' } },
        { type: 'AppendDelimiterToRecord', parameters: { Delimiter: '\\n' } },
      ],
      role: this.role('eventFirehose'),
      logGroupName: names.deliveryLogs.events,
      logDays: this.logDays,
      topicArn: this.alertsTopicArn,
    });
  }

  /** Gives a function batches of a queue; of a batch, only what it names comes again. */
  private feed(id: string, queue: Queue, target: IFunction, { batchSize, windowSeconds, maximumConcurrency }: Pick<Stage, 'batchSize' | 'windowSeconds' | 'maximumConcurrency'>): void {
    new CfnEventSourceMapping(this, `${id}EventsMapping`, {
      eventSourceArn: queue.queueArn,
      functionName: target.functionArn,
      batchSize,
      maximumBatchingWindowInSeconds: windowSeconds,
      functionResponseTypes: ['ReportBatchItemFailures'],
      scalingConfig: { maximumConcurrency },
    });
  }
}
