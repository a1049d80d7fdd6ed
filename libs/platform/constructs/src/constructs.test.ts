import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { alertOn, DeadLetters, destroyDataContext, LakeBucket, LakeDelivery, LakeFunction, LakeMachine, LakeTask, LeastPrivilegeRole, type Permission } from './index.ts';
import { inspect } from './testing/findings.ts';

const topicArn = 'arn:aws:sns:eu-central-1:123456789012:dm-alerts';
const folder = mkdtempSync(join(tmpdir(), 'dm-bundle-'));
writeFileSync(join(folder, 'handler.mjs'), 'export const handler = () => undefined;\n');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const keyOf = (stack: Stack) => Key.fromKeyArn(stack, 'key', 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555');
const roleOf = (stack: Stack) => Role.fromRoleArn(stack, 'role', 'arn:aws:iam::123456789012:role/dm-role', { mutable: false });
const bucketProps = { noncurrentDays: 30, abortedUploadDays: 3, destroyData: false };

describe('a bucket', () => {
  const add = (destroyData: boolean) => (stack: Stack) => {
    const accessLogs = new LakeBucket(stack, 'logs', { ...bucketProps, bucketName: 'dm-logs' });
    new LakeBucket(stack, 'lake', { ...bucketProps, bucketName: 'dm-lake', key: keyOf(stack), accessLogs, expiry: { 'raw/': 90, 'bronze/': undefined }, events: true, destroyData });
  };

  test('has no finding, is encrypted, private, versioned, tidied and tells EventBridge', () => {
    const { template, findings } = inspect(add(false));
    expect(findings).toEqual([]);
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: {
        BucketName: 'dm-lake',
        BucketEncryption: { ServerSideEncryptionConfiguration: [{ BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }] },
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
        VersioningConfiguration: { Status: 'Enabled' },
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
        LifecycleConfiguration: { Rules: [{ NoncurrentVersionExpiration: { NoncurrentDays: 30 }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 } }, { Prefix: 'raw/', ExpirationInDays: 90 }] },
      },
    });
  });

  test('refuses what does not come by TLS 1.2 or later', () => {
    inspect(add(false)).template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: { Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        Match.objectLike({ Effect: 'Deny', Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } }),
      ]) },
    });
  });

  test.each([
    ['neither switch keeps', false, undefined, 'Retain'],
    ['the configuration alone keeps', true, undefined, 'Retain'],
    ['the command line alone keeps', false, 'yes', 'Retain'],
    ['both switches delete', true, 'yes', 'Delete'],
  ])('%s: a bucket that leaves the stack', (_title, destroyData, context, policy) => {
    const { template } = inspect(add(destroyData), { [destroyDataContext]: context });
    template.hasResource('AWS::S3::Bucket', { Properties: { BucketName: 'dm-lake' }, DeletionPolicy: policy, UpdateReplacePolicy: policy });
  });
});

describe('a role', () => {
  const add = (permissions: Permission[]) => (stack: Stack) => void new LeastPrivilegeRole(stack, 'role', { roleName: 'dm-role', description: 'test', services: ['lambda.amazonaws.com'], permissions });

  test('has no finding when every wildcard has its reason', () => {
    const { findings } = inspect((stack) => add([
      { actions: ['s3:GetObject'], resources: [`arn:${stack.partition}:s3:::dm-stage/raw/*`], reason: 'objects under raw' },
      { actions: ['dynamodb:GetItem'], resources: ['arn:aws:dynamodb:eu-central-1:123456789012:table/dm'] },
    ])(stack));
    expect(findings).toEqual([]);
  });

  test('refuses actions with a wildcard, and resources with one and no reason', () => {
    expect(() => inspect(add([{ actions: ['s3:Get*'], resources: ['arn:aws:s3:::x'] }]))).toThrow('role dm-role allows s3:Get*; expected actions named in full');
    expect(() => inspect(add([{ actions: ['s3:GetObject'], resources: ['*'] }]))).toThrow('allows s3:GetObject on * without a reason');
  });
});

describe('a function', () => {
  const add = (bundle: { folder: string; contentHash: string } | undefined) => (stack: Stack) => {
    const deadLetters = new DeadLetters(stack, 'letters', { queueName: 'dm-f-dead-letters', key: keyOf(stack), topicArn, content: 'events' });
    new LakeFunction(stack, 'f', { functionName: 'dm-f', description: 'test', bundle, role: roleOf(stack), environment: { DM_A: 'a' }, memoryMb: 512, timeoutSeconds: 60, logDays: RetentionDays.ONE_MONTH, topicArn, deadLetters });
  };

  test('has no finding, is traced, logs for a limited time and alerts on errors and dead letters', () => {
    const { template, findings } = inspect(add({ folder, contentHash: 'abc' }));
    expect(findings).toEqual([]);
    template.hasResourceProperties('AWS::Lambda::Function', { Architectures: ['arm64'], TracingConfig: { Mode: 'Active' }, Runtime: 'nodejs24.x', Tags: [{ Key: 'dm-code', Value: 'abc' }], DeadLetterConfig: Match.anyValue() });
    template.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: '/aws/lambda/dm-f', RetentionInDays: 30 });
    template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { AlarmActions: [topicArn] }, 2);
  });

  test('without a bundle is marked as unbuilt', () => {
    inspect(add(undefined)).template.hasResourceProperties('AWS::Lambda::Function', { Tags: [{ Key: 'dm-code', Value: 'unbuilt' }] });
  });
});

test('a task has no finding, runs on arm64, unprivileged, on a read-only image', () => {
  const { template, findings } = inspect((stack) => void new LakeTask(stack, 'task', {
    family: 'dm-task', containerName: 'worker', repository: Repository.fromRepositoryName(stack, 'images', 'dm-images'), imageTag: 'abc', taskRole: roleOf(stack),
    executionRole: Role.fromRoleArn(stack, 'execution', 'arn:aws:iam::123456789012:role/dm-execution', { mutable: false }), environment: { DM_A: 'a' }, cpu: 2048, memoryMb: 4096, diskGb: 30, logDays: RetentionDays.ONE_MONTH,
  }));
  expect(findings).toEqual([]);
  template.hasResourceProperties('AWS::ECS::TaskDefinition', {
    RuntimePlatform: { CpuArchitecture: 'ARM64' }, Cpu: '2048', Memory: '4096',
    ContainerDefinitions: [{ Name: 'worker', ReadonlyRootFilesystem: true, User: '1000', StopTimeout: 120 }],
  });
});

describe('a delivery', () => {
  const add = (source: (stack: Stack) => ConstructorParameters<typeof LakeDelivery>[2]['source']) => (stack: Stack) => void new LakeDelivery(stack, 'delivery', {
    streamName: 'dm-delivery', source: source(stack), bucketArn: 'arn:aws:s3:::dm-stage', prefix: 'raw/!{partitionKeyFromLambda:table}/', errorPrefix: 'errors/', role: roleOf(stack),
    processors: [{ type: 'Lambda', parameters: { LambdaArn: 'arn:aws:lambda:eu-central-1:123456789012:function:dm-f' } }], logGroupName: '/aws/kinesisfirehose/dm', logDays: RetentionDays.ONE_MONTH, topicArn,
  });

  test.each<[string, (stack: Stack) => ConstructorParameters<typeof LakeDelivery>[2]['source'], object]>([
    ['out of a stream', () => ({ streamArn: 'arn:aws:kinesis:eu-central-1:123456789012:stream/dm' }), { DeliveryStreamType: 'KinesisStreamAsSource' }],
    ['of what is put, encrypted', (stack) => ({ key: keyOf(stack) }), { DeliveryStreamType: 'DirectPut', DeliveryStreamEncryptionConfigurationInput: { KeyType: 'CUSTOMER_MANAGED_CMK' } }],
  ])('%s has no finding, folds by key, keeps failures, logs and alerts when it is late', (_title, source, properties) => {
    const { template, findings } = inspect(add(source));
    expect(findings).toEqual([]);
    template.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
      ...properties,
      ExtendedS3DestinationConfiguration: { Prefix: 'raw/!{partitionKeyFromLambda:table}/', ErrorOutputPrefix: 'errors/', CompressionFormat: 'GZIP', DynamicPartitioningConfiguration: { Enabled: true }, CloudWatchLoggingOptions: { Enabled: true } },
    });
    template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { AlarmActions: [topicArn] }, 1);
  });
});

test.each([[false, 'notBreaching'], [true, 'breaching']])('an alert with silence %s takes no values as %s', (silence, expected) => {
  const { template } = inspect((stack) => void alertOn(stack, 'alert', { alarmName: 'dm', description: 'test', metric: new Metric({ namespace: 'dm', metricName: 'lag' }), topicArn, silence }));
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { TreatMissingData: expected });
});

test('a machine has no finding, keeps its definition, is traced and alerts on every bad end', () => {
  const definition = JSON.stringify({ StartAt: 'a', States: { a: { Type: 'Pass', Result: '${Name}', End: true } } });
  const { template, findings } = inspect((stack) => void new LakeMachine(stack, 'machine', { stateMachineName: 'dm-machine', definition, substitutions: { Name: 'x' }, role: roleOf(stack), logDays: RetentionDays.ONE_MONTH, topicArn }));
  expect(findings).toEqual([]);
  template.hasResourceProperties('AWS::StepFunctions::StateMachine', { DefinitionString: definition, DefinitionSubstitutions: { Name: 'x' }, TracingConfiguration: { Enabled: true }, LoggingConfiguration: { Level: 'ALL' } });
  template.resourceCountIs('AWS::CloudWatch::Alarm', 3);
});
