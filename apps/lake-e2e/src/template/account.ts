import { CreateTableCommand, DescribeTableCommand, DynamoDBClient, type CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { CreateDatabaseCommand, GlueClient } from '@aws-sdk/client-glue';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client, type BucketLocationConstraint, type BucketVersioningStatus } from '@aws-sdk/client-s3';
import { CreateSecretCommand, GetRandomPasswordCommand, SecretsManagerClient, type GetRandomPasswordCommandInput } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateStreamCommand } from '@aws-sdk/client-kinesis';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { openKinesisClient } from '@data-master/aws/kinesis';
import type { Deployment, Resource } from './deployment.ts';
import { isObject, requireObject, requireText, type JsonObject } from './json.ts';

/** How to reach the account, for clients that nobody's policy holds. */
export interface AccountAccess {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** A stream on demand begins with four. */
const shards = 4;

/**
 * Creates what holds state: buckets, tables with indexes and stream, secrets, topics, queues, streams and Glue databases,
 * each as its template says, and tells the deployment the identifiers that the account gave.
 * Encryption and life cycles are left out, which moto does not do; what a queue gave out waits until the harness gives it back.
 */
export async function createStatefulResources(deployment: Deployment, access: AccountAccess): Promise<void> {
  const s3 = new S3Client({ ...access, forcePathStyle: true });
  const dynamodb = new DynamoDBClient(access);
  const secrets = new SecretsManagerClient(access);
  const sns = new SNSClient(access);
  const glue = new GlueClient(access);
  const sqs = new SQSClient(access);
  const kinesis = openKinesisClient(access);

  const creators: Record<string, (resource: Resource, properties: JsonObject) => Promise<unknown>> = {
    'AWS::S3::Bucket': async ({ ref: bucket }, { VersioningConfiguration: versioning }) => {
      await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: access.region as BucketLocationConstraint } }));
      if (!isObject(versioning)) return;
      await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: requireText(versioning['Status'], 'Status') as BucketVersioningStatus } }));
    },
    'AWS::DynamoDB::Table': async (resource, properties) => {
      await dynamodb.send(new CreateTableCommand(tableInput(resource.ref, properties)));
      const { Table: table } = await dynamodb.send(new DescribeTableCommand({ TableName: resource.ref }));
      if (table?.LatestStreamArn) deployment.learn(resource, { attributes: { StreamArn: table.LatestStreamArn } });
    },
    'AWS::SecretsManager::Secret': async (resource, { Name: name, GenerateSecretString: rules }) => {
      const { ARN: arn } = await secrets.send(new CreateSecretCommand({ Name: requireText(name, 'Name of a secret'), SecretString: await generateText(secrets, requireObject(rules, 'GenerateSecretString')) }));
      deployment.learn(resource, { ref: arn!, attributes: { Arn: arn!, Id: arn! } });
    },
    'AWS::SNS::Topic': ({ attributes }) => sns.send(new CreateTopicCommand({ Name: attributes['TopicName'] })),
    'AWS::SQS::Queue': ({ ref }, { RedrivePolicy: redrive }) => sqs.send(new CreateQueueCommand({ QueueName: ref.split('/').at(-1), Attributes: { ...(redrive !== undefined && { RedrivePolicy: JSON.stringify(redrive) }) } })),
    'AWS::Kinesis::Stream': ({ ref }) => kinesis.send(new CreateStreamCommand({ StreamName: ref, ShardCount: shards })),
    'AWS::Glue::Database': (_resource, { DatabaseInput: input }) => {
      const { Name: name, LocationUri: location } = requireObject(input, 'DatabaseInput');
      return glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: requireText(name, 'Name of a database'), ...(typeof location === 'string' && { LocationUri: location }) } }));
    },
  };
  for (const [type, create] of Object.entries(creators)) {
    for (const resource of deployment.list(type)) await create(resource, resource.properties());
  }
  for (const client of [s3, dynamodb, secrets, sns, glue, sqs, kinesis]) client.destroy();
}

/** A text as CloudFormation has it generated: by rules, alone or as a field of a template. */
async function generateText(client: SecretsManagerClient, { SecretStringTemplate: template, GenerateStringKey: key, ...rules }: JsonObject): Promise<string> {
  const { RandomPassword: password } = await client.send(new GetRandomPasswordCommand(rules as GetRandomPasswordCommandInput));
  return typeof template === 'string' ? JSON.stringify({ ...(JSON.parse(template) as object), [requireText(key, 'GenerateStringKey')]: password }) : password!;
}

/** CloudFormation's table as the API takes it: the same words, but for the stream, the billing and what moto leaves out. */
function tableInput(name: string, properties: JsonObject): CreateTableCommandInput {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes, StreamSpecification } = properties;
  const input = {
    TableName: name, AttributeDefinitions, KeySchema, BillingMode: 'PAY_PER_REQUEST',
    ...(GlobalSecondaryIndexes && { GlobalSecondaryIndexes }),
    ...(LocalSecondaryIndexes && { LocalSecondaryIndexes }),
    ...(isObject(StreamSpecification) && { StreamSpecification: { StreamEnabled: true, ...StreamSpecification } }),
  };
  return input as unknown as CreateTableCommandInput;
}
