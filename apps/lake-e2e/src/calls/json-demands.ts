import type { Place } from '../template/identities.ts';
import { asList, isObject, requireText, toText, type Json, type JsonObject } from '../template/json.ts';
import type { Demand } from './aws-call.ts';

type ReadDemands = (operation: string, body: JsonObject, arn: (service: string, path: string) => string) => Demand[];

/** The services that speak JSON, by the prefix of IAM's action: which resources an operation is about. */
const services: Record<string, ReadDemands> = {
  dynamodb: (operation, body, arn) => {
    const table = (name: Json | undefined): string => (toText(name).startsWith('arn:') ? toText(name) : arn('dynamodb', `table/${requireText(name, 'TableName')}`));
    const batch = transactions[operation] ?? batches[operation];
    if (batch) return batch(body, table);
    if ('StreamArn' in body || operation === 'GetRecords') return [{ action: `dynamodb:${operation}`, resource: streamOf(body, arn) }];
    const index = body['IndexName'];
    return [{ action: `dynamodb:${operation}`, resource: `${table(body['TableName'])}${index === undefined ? '' : `/index/${toText(index)}`}` }];
  },
  secretsmanager: (operation, body, arn) => {
    const id = requireText(body['SecretId'], 'SecretId');
    return [{ action: `secretsmanager:${operation}`, resource: id.startsWith('arn:') ? id : arn('secretsmanager', `secret:${id}`) }];
  },
  glue: (operation, body, arn) => {
    const database = body['DatabaseName'] ?? (isObject(body['DatabaseInput']) ? body['DatabaseInput']['Name'] : undefined) ?? (operation.endsWith('Database') ? body['Name'] : undefined);
    const table = (isObject(body['TableInput']) ? body['TableInput']['Name'] : undefined) ?? body['TableName'] ?? (operation.endsWith('Table') ? body['Name'] : undefined);
    const resources = ['catalog', ...(database ? [`database/${toText(database)}`] : []), ...(database && table ? [`table/${toText(database)}/${toText(table)}`] : [])];
    return resources.map((path) => ({ action: `glue:${operation}`, resource: arn('glue', path) }));
  },
  states: (operation, body) => [{ action: `states:${operation}`, resource: requireText(body['stateMachineArn'] ?? body['executionArn'] ?? body['taskToken'], 'resource of the state machine') }],
  kinesis: (operation, body, arn) => [{ action: `kinesis:${operation}`, resource: requireText(body['StreamARN'] ?? arn('kinesis', `stream/${toText(body['StreamName'])}`), 'StreamARN') }],
  firehose: (operation, body, arn) => [{ action: `firehose:${operation}`, resource: arn('firehose', `deliverystream/${requireText(body['DeliveryStreamName'], 'DeliveryStreamName')}`) }],
  sqs: (operation, body, arn) => [{ action: `sqs:${operation}`, resource: arn('sqs', requireText(body['QueueUrl'], 'QueueUrl').split('/').at(-1)!) }],
  sns: (operation, body) => [{ action: `sns:${operation}`, resource: requireText(body['TopicArn'] ?? body['TargetArn'], 'TopicArn') }],
  kms: (operation, body) => [{ action: `kms:${operation}`, resource: requireText(body['KeyId'], 'KeyId') }],
};

/** IAM asks for the single actions of a transaction. */
const transactions: Record<string, (body: JsonObject, table: (name: Json | undefined) => string) => Demand[]> = {
  TransactWriteItems: (body, table) => asList(body['TransactItems']).flatMap((item) => Object.entries(item as JsonObject).map(([kind, parameters]) => ({
    action: `dynamodb:${{ Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem', ConditionCheck: 'ConditionCheckItem' }[kind]!}`, resource: table((parameters as JsonObject)['TableName']),
  }))),
  TransactGetItems: (body, table) => asList(body['TransactItems']).map((item) => ({ action: 'dynamodb:GetItem', resource: table(((item as JsonObject)['Get'] as JsonObject)['TableName']) })),
};
const batches: typeof transactions = Object.fromEntries(['BatchGetItem', 'BatchWriteItem'].map((operation) => [
  operation, (body, table) => Object.keys(body['RequestItems'] as JsonObject).map((name) => ({ action: `dynamodb:${operation}`, resource: table(name) })),
]));

/** A shard iterator of DynamoDB begins with the name or ARN of its stream; without one, any stream is meant. */
function streamOf(body: JsonObject, arn: (service: string, path: string) => string): string {
  if (typeof body['StreamArn'] === 'string') return body['StreamArn'];
  const iterator = toText(body['ShardIterator']);
  return iterator.startsWith('arn:') ? iterator.split('|')[0]! : arn('dynamodb', 'table/*/stream/*');
}

/** The permissions that a request in JSON needs; `service` as IAM names it. */
export function jsonDemands(service: string, operation: string, body: JsonObject, { account, region }: Place): Demand[] {
  const read = services[service];
  if (!read) throw new Error(`${service}:${operation} was called; expected a service whose resources src/calls/json-demands.ts names; add it there`);
  return read(operation, body, (name, path) => `arn:aws:${name}:${region}:${account}:${path}`);
}
