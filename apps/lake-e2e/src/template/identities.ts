import { createHash } from 'node:crypto';
import type { Json, JsonObject } from './json.ts';

export interface Place {
  account: string;
  region: string;
}

/** A resource whose identity is asked for: properties come resolved, and only those that are needed. */
export interface Identified {
  type: string;
  logicalId: string;
  stackName: string;
  place: Place;
  property: (name: string) => Json | undefined;
}

/** What `Ref` and `Fn::GetAtt` give for a resource. */
export interface Identity {
  ref: string;
  attributes: Record<string, string>;
}

type Describe = (resource: Identified) => Identity;

const hashOf = ({ stackName, logicalId }: Identified): string => createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex');
const nameOf = (resource: Identified, property: string): string => (resource.property(property) as string | undefined) ?? `${resource.stackName}-${resource.logicalId}`;
const arnOf = ({ place: { account, region } }: Identified, service: string, rest: string): string => `arn:aws:${service}:${region}:${account}:${rest}`;

/** A resource with a name by which the ARN is made. */
function named(nameProperty: string, service: string, path: (name: string) => string, more: (name: string, arn: string, resource: Identified) => Partial<Identity> = () => ({})): Describe {
  return (resource) => {
    const name = nameOf(resource, nameProperty);
    const arn = arnOf(resource, service, path(name));
    const { ref = name, attributes = {} } = more(name, arn, resource);
    return { ref, attributes: { Arn: arn, ...attributes } };
  };
}

const byArn = (_name: string, arn: string): Partial<Identity> => ({ ref: arn });

const kmsKeyId = (resource: Identified): string => hashOf(resource).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

const identities: Record<string, Describe> = {
  'AWS::S3::Bucket': (resource) => {
    const name = nameOf(resource, 'BucketName');
    return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}`, DomainName: `${name}.s3.amazonaws.com`, RegionalDomainName: `${name}.s3.${resource.place.region}.amazonaws.com` } };
  },
  'AWS::DynamoDB::Table': named('TableName', 'dynamodb', (name) => `table/${name}`, (_name, arn) => ({ attributes: { StreamArn: `${arn}/stream/2026-01-01T00:00:00.000` } })),
  'AWS::KMS::Key': (resource) => ({ ref: kmsKeyId(resource), attributes: { Arn: arnOf(resource, 'kms', `key/${kmsKeyId(resource)}`), KeyId: kmsKeyId(resource) } }),
  'AWS::KMS::Alias': named('AliasName', 'kms', (name) => name),
  'AWS::SecretsManager::Secret': named('Name', 'secretsmanager', (name) => `secret:${name}-AAAAAA`, (_name, arn) => ({ ref: arn, attributes: { Id: arn } })),
  'AWS::SNS::Topic': named('TopicName', 'sns', (name) => name, (name, arn) => ({ ref: arn, attributes: { TopicArn: arn, TopicName: name } })),
  'AWS::SQS::Queue': named('QueueName', 'sqs', (name) => name, (name, _arn, { place: { account, region } }) => ({ ref: `https://sqs.${region}.amazonaws.com/${account}/${name}`, attributes: { QueueName: name } })),
  'AWS::Kinesis::Stream': named('Name', 'kinesis', (name) => `stream/${name}`),
  'AWS::KinesisFirehose::DeliveryStream': named('DeliveryStreamName', 'firehose', (name) => `deliverystream/${name}`),
  'AWS::IAM::Role': (resource) => {
    const name = nameOf(resource, 'RoleName');
    return { ref: name, attributes: { Arn: `arn:aws:iam::${resource.place.account}:role/${name}`, RoleId: hashOf(resource).slice(0, 20).toUpperCase() } };
  },
  'AWS::IAM::ManagedPolicy': (resource) => ({ ref: `arn:aws:iam::${resource.place.account}:policy/${nameOf(resource, 'ManagedPolicyName')}`, attributes: {} }),
  'AWS::Lambda::Function': named('FunctionName', 'lambda', (name) => `function:${name}`),
  'AWS::Lambda::LayerVersion': named('LayerName', 'lambda', (name) => `layer:${name}:1`, byArn),
  'AWS::StepFunctions::StateMachine': named('StateMachineName', 'states', (name) => `stateMachine:${name}`, (name, arn) => ({ ref: arn, attributes: { Name: name } })),
  'AWS::Events::Rule': named('Name', 'events', (name) => `rule/${name}`),
  'AWS::Scheduler::Schedule': named('Name', 'scheduler', (name) => `schedule/default/${name}`),
  'AWS::Pipes::Pipe': named('Name', 'pipes', (name) => `pipe/${name}`),
  'AWS::Logs::LogGroup': named('LogGroupName', 'logs', (name) => `log-group:${name}:*`),
  'AWS::ECS::Cluster': named('ClusterName', 'ecs', (name) => `cluster/${name}`),
  'AWS::ECS::TaskDefinition': named('Family', 'ecs', (name) => `task-definition/${name}:1`, (_name, arn) => ({ ref: arn, attributes: { TaskDefinitionArn: arn } })),
  'AWS::ECR::Repository': named('RepositoryName', 'ecr', (name) => `repository/${name}`, (name, _arn, { place: { account, region } }) => ({ attributes: { RepositoryUri: `${account}.dkr.ecr.${region}.amazonaws.com/${name}` } })),
  'AWS::EMRServerless::Application': (resource) => {
    const id = `00${hashOf(resource).slice(0, 14)}`;
    return { ref: id, attributes: { ApplicationId: id, Arn: arnOf(resource, 'emr-serverless', `/applications/${id}`) } };
  },
  'AWS::Glue::Database': (resource) => ({ ref: ((resource.property('DatabaseInput') as JsonObject | undefined)?.['Name'] as string | undefined) ?? resource.logicalId, attributes: {} }),
  'AWS::Athena::WorkGroup': named('Name', 'athena', (name) => `workgroup/${name}`),
};

/**
 * The names and ARNs by which a resource is known once it is deployed. Identifiers that AWS would invent are made from
 * stack and logical id; types without an entry have such an identifier and no attributes but those of networks.
 */
export function identify(resource: Identified): Identity {
  const describe = identities[resource.type];
  if (describe) return describe(resource);
  const id = `${resource.logicalId.toLowerCase()}-${hashOf(resource).slice(0, 17)}`;
  const attributes = { GroupId: id, SubnetId: id, VpcId: id, AllocationId: id, CidrBlock: '10.0.0.0/16', DefaultSecurityGroup: id };
  return { ref: id, attributes: resource.type.startsWith('AWS::EC2::') ? attributes : {} };
}
