import type { AwsCall, Demand } from '../calls/aws-call.ts';
import type { Deployment, Resource } from '../template/deployment.ts';
import type { Json } from '../template/json.ts';

/** What asks a key to do something: actions on resources of a type, where the type names its key, and what is asked. */
const encrypted: { actions: RegExp; type: string; key: string[]; operations: string[] }[] = [
  { actions: /^s3:GetObject(?:Version)?$/, type: 'AWS::S3::Bucket', key: bucketKey(), operations: ['Decrypt'] },
  { actions: /^s3:PutObject$/, type: 'AWS::S3::Bucket', key: bucketKey(), operations: ['GenerateDataKey'] },
  { actions: /^secretsmanager:GetSecretValue$/, type: 'AWS::SecretsManager::Secret', key: ['KmsKeyId'], operations: ['Decrypt'] },
  { actions: /^sns:Publish$/, type: 'AWS::SNS::Topic', key: ['KmsMasterKeyId'], operations: ['Decrypt', 'GenerateDataKey'] },
  { actions: /^sqs:SendMessage$/, type: 'AWS::SQS::Queue', key: ['KmsMasterKeyId'], operations: ['Decrypt', 'GenerateDataKey'] },
  { actions: /^sqs:ReceiveMessage$/, type: 'AWS::SQS::Queue', key: ['KmsMasterKeyId'], operations: ['Decrypt'] },
  { actions: /^kinesis:PutRecords?$/, type: 'AWS::Kinesis::Stream', key: ['StreamEncryption', 'KeyId'], operations: ['GenerateDataKey'] },
  { actions: /^kinesis:GetRecords$/, type: 'AWS::Kinesis::Stream', key: ['StreamEncryption', 'KeyId'], operations: ['Decrypt'] },
  { actions: /^dynamodb:.*(?:Item|Items|Query|Scan|GetRecords)$/, type: 'AWS::DynamoDB::Table', key: ['SSESpecification', 'KMSMasterKeyId'], operations: ['Decrypt'] },
];

/** The calls, and those that AWS makes in their name of the keys behind the resources; moto makes none. */
export function withKeyCalls(deployment: Deployment, calls: readonly AwsCall[]): AwsCall[] {
  const known = new Map<string, Demand[]>();
  return calls.flatMap((call) => {
    const name = `${call.action} ${call.resource}`;
    if (!known.has(name)) known.set(name, keyDemands(deployment, call));
    return [call, ...known.get(name)!.map((demand) => ({ ...call, ...demand }))];
  });
}

/** What AWS asks of the key that encrypts a resource when an action is done on it. */
function keyDemands(deployment: Deployment, { action, resource }: Demand): Demand[] {
  const context = { 'kms:ViaService': `${action.split(':')[0]}.${deployment.place.region}.amazonaws.com` };
  return encrypted.filter(({ actions }) => actions.test(action)).flatMap(({ type, key, operations }) => {
    const holder = deployment.list(type).find(({ ref, attributes }) => [ref, attributes['Arn']].some((name) => name && (resource === name || resource.startsWith(`${name}/`))));
    const named = holder && valueAt(holder, key);
    if (!named) return [];
    const keyArn = named.startsWith('arn:') ? named : deployment.find('AWS::KMS::Key', named).attributes['Arn']!;
    return operations.map((operation) => ({ action: `kms:${operation}`, resource: keyArn, context }));
  });
}

function bucketKey(): string[] {
  return ['BucketEncryption', 'ServerSideEncryptionConfiguration', '0', 'ServerSideEncryptionByDefault', 'KMSMasterKeyID'];
}

function valueAt(holder: Resource, path: readonly string[]): string | undefined {
  const value = path.reduce<Json | undefined>((at, name) => (typeof at === 'object' && at !== null ? (at as Record<string, Json>)[name] : undefined), holder.properties());
  return typeof value === 'string' ? value : undefined;
}
