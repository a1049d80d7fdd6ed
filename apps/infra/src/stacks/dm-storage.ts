import { CfnVPCEndpoint } from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LakeBucket } from '@data-master/constructs';
import type { Construct } from 'constructs';
import type { LakePlan } from '../lake-plan.ts';
import type { NetworkStack } from './dm-network.ts';
import type { SecurityStack } from './dm-security.ts';
import { LakeStack } from './lake-stack.ts';

/** The buckets, and the private way to them. */
export class StorageStack extends LakeStack {
  constructor(scope: Construct, lake: LakePlan, network: NetworkStack, { rawKey, lakeKey }: SecurityStack) {
    super(scope, 'storage', lake, 'Buckets of the lake and the private way to them');
    const { retention, destroyData } = lake.environment;
    const { buckets } = lake.names;
    const common = { noncurrentDays: retention.noncurrentDays, abortedUploadDays: retention.abortedUploadDays, destroyData };
    const observer = new LakeBucket(this, 'Observer', {
      ...common, bucketName: buckets.observer,
      expiry: { 'access-logs/': retention.accessLogDays, 'athena-results/': retention.queryResultDays, 'spark-logs/': retention.logDays },
    });
    new LakeBucket(this, 'Stage', { ...common, bucketName: buckets.stage, key: rawKey, accessLogs: observer, expiry: { 'raw/': retention.rawDays, 'quarantine/': retention.quarantineDays, 'errors/': retention.quarantineDays }, events: true });
    new LakeBucket(this, 'Datalake', { ...common, bucketName: buckets.datalake, key: lakeKey, accessLogs: observer, expiry: { 'bronze/': retention.bronzeDays, 'plans/': retention.logDays } });
    new LakeBucket(this, 'Artifacts', { ...common, bucketName: buckets.artifacts, accessLogs: observer });
    const costs = new LakeBucket(this, 'Costs', { ...common, bucketName: buckets.costs, accessLogs: observer });
    costs.addToResourcePolicy(new PolicyStatement({
      sid: 'CostAndUsageReport',
      principals: [new ServicePrincipal('billingreports.amazonaws.com'), new ServicePrincipal('bcm-data-exports.amazonaws.com')],
      actions: ['s3:GetBucketPolicy', 's3:PutObject'],
      resources: [costs.bucketArn, costs.arnForObjects('*')],
      conditions: { StringEquals: { 'aws:SourceAccount': lake.account } },
    }));
    new CfnVPCEndpoint(this, 'S3Endpoint', {
      vpcId: network.vpcId,
      serviceName: `com.amazonaws.${lake.region}.s3`,
      vpcEndpointType: 'Gateway',
      routeTableIds: network.routeTableIds,
      policyDocument: this.endpointPolicy(),
      tags: [{ key: 'Name', value: `${lake.prefix}-s3-endpoint` }],
    });
  }

  /** Only buckets of this account, and those that AWS itself has tasks read from. */
  private endpointPolicy(): PolicyDocument {
    const { account, region, arns } = this.lake;
    return new PolicyDocument({ statements: [
      new PolicyStatement({
        sid: 'BucketsOfThisAccount', principals: [new AnyPrincipal()], resources: ['*'], conditions: { StringEquals: { 'aws:ResourceAccount': account } },
        actions: ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetBucketLocation', 's3:GetObject', 's3:ListBucket', 's3:PutObject'],
      }),
      new PolicyStatement({ sid: 'ImageLayersOfEcr', principals: [new AnyPrincipal()], actions: ['s3:GetObject'], resources: [arns.bucket(`prod-${region}-starport-layer-bucket`, '/*')] }),
    ] });
  }
}
