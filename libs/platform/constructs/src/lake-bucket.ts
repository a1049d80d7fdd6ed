import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership, type CfnBucket, type IBucket, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { removalOf } from './deletion.ts';
import { acknowledge } from './least-privilege-role.ts';

export interface LakeBucketProps {
  bucketName: string;
  /** Encrypts the objects. Without it S3's own key does, which is all that a bucket for access logs may have. */
  key?: IKey;
  /** Where it is logged who read what; a bucket without it takes the logs of others. */
  accessLogs?: IBucket;
  noncurrentDays: number;
  abortedUploadDays: number;
  /** Days after which objects under a prefix go. */
  expiry?: Readonly<Record<string, number | undefined>>;
  /** Tells EventBridge of every object. */
  events?: boolean;
  destroyData: boolean;
}

/** A bucket of the lake: encrypted, private, by TLS 1.2 only, versioned, logged, tidied and kept. */
export class LakeBucket extends Bucket {
  constructor(scope: Construct, id: string, props: LakeBucketProps) {
    const { bucketName, key, accessLogs, noncurrentDays, abortedUploadDays, expiry = {}, events = false, destroyData } = props;
    super(scope, id, {
      bucketName,
      ...(key ? { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true } : { encryption: BucketEncryption.S3_MANAGED }),
      ...(accessLogs && { serverAccessLogsBucket: accessLogs, serverAccessLogsPrefix: `access-logs/${id}/` }),
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      lifecycleRules: [
        { id: 'leftovers', noncurrentVersionExpiration: Duration.days(noncurrentDays), abortIncompleteMultipartUploadAfter: Duration.days(abortedUploadDays), expiredObjectDeleteMarker: true },
        ...Object.entries(expiry).flatMap(([prefix, days]): LifecycleRule[] => (days === undefined ? [] : [{ id: `expire-${prefix.replaceAll('/', '')}`, prefix, expiration: Duration.days(days) }])),
      ],
      removalPolicy: removalOf(scope, destroyData),
    });
    if (events) (this.node.defaultChild as CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    if (!accessLogs) acknowledge(this, 'AwsSolutions-S1', 'takes the access logs of the other buckets; logging into itself would never end');
  }
}
