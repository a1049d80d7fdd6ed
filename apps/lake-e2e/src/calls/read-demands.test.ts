import { expect, it } from '@jest/globals';
import type { AwsRequest } from './aws-call.ts';
import { readDemands, readSignature } from './read-demands.ts';

const place = { account: '123456789012', region: 'eu-central-1' };
const table = 'arn:aws:dynamodb:eu-central-1:123456789012:table/control';

function request(service: string, method: string, url: string, { headers = {}, body = '' }: { headers?: Record<string, string>; body?: unknown } = {}): AwsRequest {
  return { service, accessKeyId: 'k', method, url, headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) };
}
const json = (service: string, operation: string, body: unknown) => request(service, 'POST', '/', { headers: { 'x-amz-target': `Service_1.${operation}` }, body });

it.each<[string, AwsRequest, string[]]>([
  ['reads an object', request('s3', 'GET', '/lake/bronze/a%20b.parquet?x-id=GetObject'), ['s3:GetObject arn:aws:s3:::lake/bronze/a b.parquet']],
  ['lists a bucket', request('s3', 'GET', '/lake?list-type=2&prefix=raw%2F'), ['s3:ListBucket arn:aws:s3:::lake']],
  ['copies an object', request('s3', 'PUT', '/lake/b', { headers: { 'x-amz-copy-source': 'stage/a' } }), ['s3:PutObject arn:aws:s3:::lake/b', 's3:GetObject arn:aws:s3:::stage/a']],
  ['begins an upload', request('s3', 'POST', '/lake/b?uploads'), ['s3:PutObject arn:aws:s3:::lake/b']],
  ['gives an upload up', request('s3', 'DELETE', '/lake/b?uploadId=1'), ['s3:AbortMultipartUpload arn:aws:s3:::lake/b']],
  ['removes several objects', request('s3', 'POST', '/lake?delete', { body: '<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>' }), ['s3:DeleteObject arn:aws:s3:::lake/a', 's3:DeleteObject arn:aws:s3:::lake/b']],
  ['queries an index', json('dynamodb', 'Query', { TableName: 'control', IndexName: 'by-key' }), [`dynamodb:Query ${table}/index/by-key`]],
  ['writes in a transaction', json('dynamodb', 'TransactWriteItems', { TransactItems: [{ Put: { TableName: 'control' } }, { ConditionCheck: { TableName: 'control' } }] }), [`dynamodb:PutItem ${table}`, `dynamodb:ConditionCheckItem ${table}`]],
  ['reads a secret by ARN', json('secretsmanager', 'GetSecretValue', { SecretId: 'arn:aws:secretsmanager:x:1:secret:k-AAAAAA' }), ['secretsmanager:GetSecretValue arn:aws:secretsmanager:x:1:secret:k-AAAAAA']],
  ['asks Glue for a table', json('glue', 'GetTable', { DatabaseName: 'dm_silver', Name: 'beer' }), ['catalog', 'database/dm_silver', 'table/dm_silver/beer'].map((path) => `glue:GetTable arn:aws:glue:eu-central-1:123456789012:${path}`)],
  ['makes a table in Glue', json('glue', 'CreateTable', { DatabaseName: 'd', TableInput: { Name: 't' } }), ['catalog', 'database/d', 'table/d/t'].map((path) => `glue:CreateTable arn:aws:glue:eu-central-1:123456789012:${path}`)],
  ['writes to a stream by name', json('kinesis', 'PutRecords', { StreamName: 'changes' }), ['kinesis:PutRecords arn:aws:kinesis:eu-central-1:123456789012:stream/changes']],
  ['delivers to Firehose', json('firehose', 'PutRecordBatch', { DeliveryStreamName: 'events' }), ['firehose:PutRecordBatch arn:aws:firehose:eu-central-1:123456789012:deliverystream/events']],
  ['publishes by form', request('sns', 'POST', '/', { body: 'Action=Publish&TopicArn=arn%3Aaws%3Asns%3Ax%3A1%3Aalerts&Message=m' }), ['sns:Publish arn:aws:sns:x:1:alerts']],
])('a request that %s', (_name, sent, expected) => {
  expect(readDemands(sent, place).map(({ action, resource }) => `${action} ${resource}`)).toEqual(expected);
});

it.each<[string, AwsRequest]>([
  ['a service without an entry', json('athena', 'StartQueryExecution', {})],
  ['an S3 request of another kind', request('s3', 'POST', '/lake/b?select&select-type=2')],
  ['a request without an operation', request('sns', 'POST', '/')],
])('%s is refused', (_name, sent) => {
  expect(() => readDemands(sent, place)).toThrow(/expected/);
});

it('a signature names key and service, in the header or in the query', () => {
  const scope = 'AKIA1/20260101/eu-central-1/dynamodb/aws4_request';
  const expected = { accessKeyId: 'AKIA1', service: 'dynamodb' };
  expect(readSignature({ authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=00` }, '/')).toEqual(expected);
  expect(readSignature({}, `/?X-Amz-Credential=${encodeURIComponent(scope)}`)).toEqual(expected);
  expect(readSignature({}, '/')).toBeUndefined();
});
