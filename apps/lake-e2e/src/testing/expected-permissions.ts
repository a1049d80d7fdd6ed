import type { Unused } from '../policies/judge.ts';

const because = (reason: string, ...actions: string[]): Unused[] => actions.map((action) => ({ action, reason }));

const ofLambda = because('the platform writes logs and traces; here there is none', 'logs:CreateLogStream', 'logs:PutLogEvents', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments');
const ofMachines = because(
  'Step Functions delivers logs and traces; here there is none', 'logs:CreateLogDelivery', 'logs:DeleteLogDelivery', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies', 'logs:GetLogDelivery',
  'logs:ListLogDeliveries', 'logs:PutResourcePolicy', 'logs:UpdateLogDelivery', 'xray:GetSamplingRules', 'xray:GetSamplingTargets', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments',
);
const tableKey = because('AWS names it for a table under a customer key, beside the kms:Decrypt that is reckoned with here', 'kms:Encrypt', 'kms:GenerateDataKey');
const largeObjects = because('an upload in parts, as of 8 MiB, that fails is given up; the story is small', 's3:AbortMultipartUpload');
const absence = because('a missing object is told as missing; the story misses none here', 's3:ListBucket');
const lostCommits = because('files of a commit that lost a race, and of snapshots that expire; the story is short', 's3:DeleteObject');
const spark = because('EMR Serverless does not run here', 'iam:PassRole', 'events:DescribeRule', 'events:PutRule', 'events:PutTargets');
const alerts = because('no table of the story fails for good', 'sns:Publish', 'kms:Decrypt', 'kms:GenerateDataKey');
const deadLetters = because('nothing of the story is given up', 'sqs:SendMessage');

const ofFirehose = [
  ...because('Firehose writes logs; here there is none', 'logs:CreateLogStream', 'logs:PutLogEvents'),
  ...because('AWS demands it of a delivery to S3', 's3:AbortMultipartUpload', 's3:GetBucketLocation', 's3:GetObject', 's3:ListBucket', 's3:ListBucketMultipartUploads'),
];

/** The roles that the story acts in: what no call uses, with the reason why the role has it all the same. */
export const unusedPermissions: Record<string, Unused[]> = {
  'dm-processing-controller-role': [...ofLambda, ...tableKey, ...deadLetters],
  'dm-processing-controller-event-role': [],
  'dm-pipe-role': [...deadLetters, ...because('encrypts dead letters', 'kms:GenerateDataKey'), ...because('AWS demands it of a pipe when it is made', 'dynamodb:ListStreams')],
  'dm-worker-role': [...ofLambda, ...tableKey, ...largeObjects, ...absence],
  'dm-kinesis-role': because('DMS looks at its stream, and may put one record alone', 'kinesis:DescribeStream', 'kinesis:PutRecord'),
  'dm-firehose-role': [...ofFirehose, ...because('the documents let Firehose read the schema of a table, for formats that it is not asked for', 'glue:GetTable', 'glue:GetTableVersion', 'glue:GetTableVersions')],
  'dm-firehose-router-role': ofLambda,
  'dm-event-validator-role': [...ofLambda, ...largeObjects],
  'dm-event-writer-role': [
    ...ofLambda, ...largeObjects, ...because('no type of event of the story is delivered as JSON', 'firehose:PutRecordBatch'),
    ...because('every valid event of the story has a form in Avro', 'sqs:SendMessage'), ...['s3:GetObject', 's3:PutObject'].map((action) => ({ action, resource: '*/quarantine/events/*', reason: 'every valid event of the story has a form in Avro' })),
  ],
  'dm-lambda-role': [
    ...ofLambda, ...tableKey, ...largeObjects, ...absence, ...lostCommits,
    ...because('whoever opens a table first creates it or follows its contract; in the story that is a worker, but for one table of silver', 'glue:CreateTable', 'glue:UpdateTable', 's3:PutObject'),
  ],
  'dm-silver-worker-role': [...tableKey, ...largeObjects, ...absence],
  'dm-gold-worker-role': [...tableKey, ...largeObjects, ...absence, ...lostCommits],
  'dm-step-function-role': ofMachines,
  'dm-processing-step-function-role': [...ofMachines, ...spark, ...alerts],
  'dm-analytics-step-function-role': [...ofMachines, ...spark, ...alerts],
  'dm-schedule-role': [],
};
