import type { Permission } from '@data-master/constructs';
import { controlTable } from '@data-master/aws/control-table';
import { schemaFolder } from './lake-names.ts';
import type { LakePlan } from './lake-plan.ts';

type Bucket = keyof LakePlan['names']['buckets'];

/** Where Firehose puts what it could not transform, in the stage bucket. */
export const errorFolder = 'errors/';

const actionsOn = {
  read: ['s3:GetObject'],
  write: ['s3:AbortMultipartUpload', 's3:PutObject'],
  remove: ['s3:DeleteObject'],
} as const;

/** The permissions of the lake in its own words; each is as narrow as AWS lets it be. */
export function permissionsOf(lake: LakePlan) {
  const { names, arns } = lake;
  const at = (bucket: Bucket, path = ''): string => arns.bucket(names.buckets[bucket], path);
  return {
    /** Objects under prefixes such as `raw/`. */
    objects: (bucket: Bucket, prefixes: readonly string[], ...does: (keyof typeof actionsOn)[]): Permission => ({
      actions: does.flatMap((each) => actionsOn[each]),
      resources: prefixes.map((prefix) => at(bucket, `/${prefix}*`)),
      reason: `objects under ${prefixes.map((prefix) => prefix || 'the whole bucket').join(' and ')}, whose names the data gives`,
    }),
    /** To be told that an object is not there: S3 says `forbidden` to whoever may not list the bucket, or only some prefixes of it. */
    absence: (bucket: Bucket): Permission => ({ actions: ['s3:ListBucket'], resources: [at(bucket)] }),
    /** What Firehose needs to put objects into raw, and what it could not transform beside. */
    delivery: (): Permission[] => [
      { actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'], resources: ['raw/', errorFolder].map((prefix) => at('stage', `/${prefix}*`)), reason: 'objects under raw and errors, which Firehose names' },
      { actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], resources: [at('stage')] },
    ],
    /** Keys under prefixes. */
    listing: (bucket: Bucket, prefixes: readonly string[]): Permission => ({
      actions: ['s3:ListBucket'],
      resources: [at(bucket)],
      conditions: { StringLike: { 's3:prefix': prefixes.map((prefix) => `${prefix}*`) } },
    }),
    key: (keyArn: string, ...actions: ('Decrypt' | 'Encrypt' | 'GenerateDataKey' | 'DescribeKey')[]): Permission => ({ actions: actions.map((action) => `kms:${action}`), resources: [keyArn] }),
    controlRecords: (): Permission => ({ actions: ['dynamodb:GetItem', 'dynamodb:PutItem'], resources: [arns.table(names.controlTable)] }),
    /** To find records by indexes, which carry keys only, and to read what is found. */
    controlIndexes: (...indexes: (keyof typeof controlTable.indexes)[]): Permission[] => [
      { actions: ['dynamodb:Query'], resources: indexes.map((index) => arns.table(names.controlTable, `/index/${controlTable.indexes[index].name}`)) },
      { actions: ['dynamodb:BatchGetItem'], resources: [arns.table(names.controlTable)] },
    ],
    /** Tables of the Glue catalog in some layers. */
    catalog: (databases: readonly (keyof LakePlan['names']['databases'])[], ...actions: string[]): Permission => ({
      actions: actions.map((action) => `glue:${action}`),
      resources: [arns.arn('glue', 'catalog'), ...databases.flatMap((layer) => [arns.arn('glue', `database/${names.databases[layer]}`), arns.arn('glue', `table/${names.databases[layer]}/*`)])],
      reason: `every table of ${databases.map((layer) => names.databases[layer]).join(' and ')}: contracts name them, and Lake Formation says which columns`,
    }),
    secret: (name: string): Permission => ({
      actions: ['secretsmanager:GetSecretValue'],
      resources: [arns.arn('secretsmanager', `secret:${name}-??????`)],
    }),
    alert: (): Permission => ({ actions: ['sns:Publish'], resources: [arns.topic(names.alerts)] }),
    invoke: (...functions: (keyof LakePlan['names']['functions'])[]): Permission => ({ actions: ['lambda:InvokeFunction'], resources: functions.map((each) => arns.function(names.functions[each])) }),
    /** To take messages off a queue, as Lambda does for a function. */
    consume: (queue: keyof LakePlan['names']['queues']): Permission => ({ actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], resources: [arns.queue(names.queues[queue])] }),
    enqueue: (queue: keyof LakePlan['names']['queues']): Permission => ({ actions: ['sqs:SendMessage'], resources: [arns.queue(names.queues[queue])] }),
    /** The schemas of events. */
    schemas: (): Permission[] => [
      { actions: ['s3:GetObject'], resources: [at('stage', `/${schemaFolder}*`)], reason: 'every version of every schema' },
      { actions: ['s3:ListBucket'], resources: [at('stage')], conditions: { StringLike: { 's3:prefix': [`${schemaFolder}*`] } } },
    ],
    deadLetters: (queue: keyof LakePlan['names']['deadLetters']): Permission => ({ actions: ['sqs:SendMessage'], resources: [arns.queue(names.deadLetters[queue])] }),
    logs: (logGroup: string): Permission => ({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [`${arns.logGroup(logGroup)}:*`],
      reason: 'streams of one log group, which the service names',
    }),
    traces: (): Permission => ({ actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], resources: ['*'], reason: 'X-Ray knows no narrower resource for these actions' }),
    machineLogs: (): Permission => ({
      actions: ['logs:CreateLogDelivery', 'logs:DeleteLogDelivery', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies', 'logs:GetLogDelivery', 'logs:ListLogDeliveries', 'logs:PutResourcePolicy', 'logs:UpdateLogDelivery'],
      resources: ['*'],
      reason: 'log delivery of Step Functions knows no narrower resource for these actions',
    }),
    machineTraces: (): Permission => ({
      actions: ['xray:GetSamplingRules', 'xray:GetSamplingTargets', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
      resources: ['*'],
      reason: 'X-Ray knows no narrower resource for these actions',
    }),
    /** What `ecs:runTask.sync` needs: to start, watch and stop tasks of one family on one cluster. */
    runTask: (cluster: string, family: string, roles: readonly string[]): Permission[] => [
      { actions: ['ecs:RunTask'], resources: [arns.arn('ecs', `task-definition/${family}:*`)], conditions: { ArnEquals: { 'ecs:cluster': arns.arn('ecs', `cluster/${cluster}`) } }, reason: 'every revision of one family: each image is a revision' },
      { actions: ['ecs:DescribeTasks', 'ecs:StopTask'], resources: [arns.arn('ecs', `task/${cluster}/*`)], reason: 'tasks of one cluster, which ECS names' },
      { actions: ['iam:PassRole'], resources: roles.map((role) => arns.role(role)), conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } } },
      { actions: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'], resources: [arns.rule('StepFunctionsGetEventsForECSTaskRule')] },
    ],
    /** What `emr-serverless:startJobRun.sync` needs beside `sparkJobs`. */
    watchSpark: (role: string): Permission[] => [
      { actions: ['iam:PassRole'], resources: [arns.role(role)], conditions: { StringEquals: { 'iam:PassedToService': 'emr-serverless.amazonaws.com' } } },
      { actions: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'], resources: [arns.rule('StepFunctionsGetEventsForEMRServerlessJobRule')] },
    ],
    /** Jobs of one application, whose ARN is known once it is there. */
    sparkJobs: (applicationArn: string): Permission[] => [
      { actions: ['emr-serverless:StartJobRun'], resources: [applicationArn] },
      { actions: ['emr-serverless:CancelJobRun', 'emr-serverless:GetJobRun'], resources: [`${applicationArn}/jobruns/*`], reason: 'jobs of one application, which EMR Serverless names' },
    ],
  };
}

export type Permissions = ReturnType<typeof permissionsOf>;
