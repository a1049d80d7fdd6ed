import { RemovalPolicy } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, LogStream, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { alertOn, alertPeriod } from './alerts.ts';
import { acknowledge } from './least-privilege-role.ts';

export interface LakeDeliveryProps {
  streamName: string;
  /** A Kinesis stream that is read, or the key of what is put. */
  source: { streamArn: string } | { key: IKey };
  bucketArn: string;
  /** Where objects go: `raw/!{partitionKeyFromLambda:table}/`; their names begin with that of the stream. */
  prefix: string;
  /** Where what could not be transformed goes, whole. */
  errorPrefix: string;
  /** What is done with records on the way. */
  processors: readonly { type: string; parameters: Readonly<Record<string, string>> }[];
  role: IRole;
  logGroupName: string;
  logDays: RetentionDays;
  topicArn: string;
}

/** The least that Firehose takes with dynamic partitioning. */
const bufferHints = { sizeInMBs: 64, intervalInSeconds: 60 };
const retrySeconds = 300;
const lateSeconds = 900;

/** A Firehose stream into a bucket, in folders by what the records say, in gzip, with its log and an alert on what is late. */
export class LakeDelivery extends CfnDeliveryStream {
  constructor(scope: Construct, id: string, { streamName, source, bucketArn, prefix, errorPrefix, processors, role, logGroupName, logDays, topicArn }: LakeDeliveryProps) {
    const logGroup = new LogGroup(scope, `${id}Logs`, { logGroupName, retention: logDays, removalPolicy: RemovalPolicy.DESTROY });
    const logStream = new LogStream(logGroup, 'Delivery', { logGroup, logStreamName: 'delivery', removalPolicy: RemovalPolicy.DESTROY });
    const isRead = 'streamArn' in source;
    super(scope, id, {
      deliveryStreamName: streamName,
      ...(isRead
        ? { deliveryStreamType: 'KinesisStreamAsSource', kinesisStreamSourceConfiguration: { kinesisStreamArn: source.streamArn, roleArn: role.roleArn } }
        : { deliveryStreamType: 'DirectPut', deliveryStreamEncryptionConfigurationInput: { keyType: 'CUSTOMER_MANAGED_CMK', keyArn: source.key.keyArn } }),
      extendedS3DestinationConfiguration: {
        bucketArn, prefix,
        roleArn: role.roleArn,
        errorOutputPrefix: errorPrefix,
        bufferingHints: bufferHints,
        compressionFormat: 'GZIP',
        fileExtension: '.gz',
        dynamicPartitioningConfiguration: { enabled: true, retryOptions: { durationInSeconds: retrySeconds } },
        processingConfiguration: {
          enabled: true,
          processors: processors.map(({ type, parameters }) => ({ type, parameters: Object.entries(parameters).map(([parameterName, parameterValue]) => ({ parameterName, parameterValue })) })),
        },
        cloudWatchLoggingOptions: { enabled: true, logGroupName: logGroup.logGroupName, logStreamName: logStream.logStreamName },
      },
    });
    if (isRead) acknowledge(this, 'AwsSolutions-KDF1', 'the stream that it reads is encrypted; Firehose takes a key for what is put only');
    alertOn(this, 'Alert', {
      alarmName: `${streamName}-late`,
      description: `${streamName} holds records for more than ${lateSeconds} seconds; the log group ${logGroupName} says why`,
      metric: new Metric({ namespace: 'AWS/Firehose', metricName: 'DeliveryToS3.DataFreshness', dimensionsMap: { DeliveryStreamName: streamName }, period: alertPeriod, statistic: 'Maximum' }),
      topicArn,
      from: lateSeconds,
    });
  }
}
