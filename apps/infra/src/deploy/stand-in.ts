import { CreateStackCommand, DescribeStacksCommand, UpdateStackCommand, type CloudFormationClient } from '@aws-sdk/client-cloudformation';

/** A template, of which only the shape of resources matters here. */
interface Template {
  Resources: Record<string, { Type: string; Properties?: Record<string, unknown>; DependsOn?: string | string[] }>;
  Outputs?: Record<string, unknown>;
}

/** What moto's CloudFormation does not make, and why nothing of the lake's tests needs it to. */
export const notInStandIn: Record<string, string> = {
  'AWS::Athena::WorkGroup': 'moto runs no queries',
  'AWS::CloudWatch::Alarm': 'moto measures nothing',
  'AWS::DMS::Endpoint': 'moto captures no changes; tests put envelopes on the stream',
  'AWS::DMS::ReplicationInstance': 'moto captures no changes; tests put envelopes on the stream',
  'AWS::DMS::ReplicationSubnetGroup': 'moto captures no changes; tests put envelopes on the stream',
  'AWS::DMS::ReplicationTask': 'moto captures no changes; tests put envelopes on the stream',
  'AWS::EC2::SecurityGroupEgress': 'moto has no traffic',
  'AWS::EMRServerless::Application': 'moto runs no Spark',
  'AWS::Glue::Database': 'made by the Glue API where a test needs it',
  'AWS::Glue::Table': 'bronze tables are for Athena, which moto does not run',
  'AWS::IAM::RolePolicy': 'moto enforces no policies; the template is what they are held against',
  'AWS::KinesisFirehose::DeliveryStream': 'moto transforms nothing; tests deliver as the template says',
  'AWS::Lambda::EventInvokeConfig': 'moto retries nothing',
  'AWS::LakeFormation::DataLakeSettings': 'moto enforces no grants',
  'AWS::LakeFormation::PrincipalPermissions': 'moto enforces no grants',
  'AWS::LakeFormation::Resource': 'moto enforces no grants',
  'AWS::Logs::LogStream': 'the log of a delivery, which moto does not make',
  'AWS::Pipes::Pipe': 'moto moves no records; tests read the stream by the filter of the template',
  'AWS::RDS::DBCluster': 'moto runs no database; tests of the replication start PostgreSQL itself',
  'AWS::RDS::DBClusterParameterGroup': 'moto runs no database; tests of the replication start PostgreSQL itself',
  'AWS::RDS::DBInstance': 'moto knows instances outside of clusters only',
  'AWS::S3::BucketPolicy': 'moto enforces no policies',
  'AWS::SecretsManager::ResourcePolicy': 'moto enforces no policies',
  'AWS::SecretsManager::Secret': 'made by the Secrets Manager API where a test needs it',
  'AWS::SecretsManager::SecretTargetAttachment': 'moto runs no database whose address could be told',
  'AWS::SNS::TopicPolicy': 'moto enforces no policies',
  'AWS::SQS::QueuePolicy': 'moto enforces no policies',
};

/** Properties that moto's CloudFormation trips over. */
const unreadable: Record<string, readonly string[]> = { 'AWS::KMS::Key': ['Tags'] };

/** A template without what a stand-in lacks; what referred to it gets a text in its place. */
export function forStandIn(template: Template): Template {
  const isAbsent = (id: string): boolean => (template.Resources[id]?.Type ?? '') in notInStandIn;
  const replace = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replace);
    if (typeof value !== 'object' || value === null) return value;
    const { Ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
    const absent = [Ref, attribute?.[0]].find((id) => id !== undefined && isAbsent(id));
    return absent ? `absent-${absent}` : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replace(each)]));
  };
  const kept = Object.entries(template.Resources).filter(([id]) => !isAbsent(id)).map(([id, { DependsOn, ...resource }]) => {
    const needed = [DependsOn ?? []].flat().filter((each) => !isAbsent(each));
    const properties = Object.fromEntries(Object.entries(resource.Properties ?? {}).filter(([name]) => !unreadable[resource.Type]?.includes(name)));
    return [id, { ...resource, Properties: replace(properties), ...(needed.length > 0 && { DependsOn: needed }) }];
  });
  return { ...template, Resources: Object.fromEntries(kept) as Template['Resources'], ...(template.Outputs && { Outputs: replace(template.Outputs) as NonNullable<Template['Outputs']> }) };
}

/** Creates or updates the stacks at an endpoint that stands in for AWS, in order; gives the status of each. A stack of which nothing remains is `absent`. */
export async function deployToStandIn(client: CloudFormationClient, templates: readonly (readonly [name: string, template: Template])[]): Promise<Record<string, string>> {
  const statuses: Record<string, string> = {};
  for (const [name, template] of templates) {
    const reduced = forStandIn(template);
    if (Object.keys(reduced.Resources).length === 0) {
      statuses[name] = 'absent';
      continue;
    }
    const request = { StackName: name, TemplateBody: JSON.stringify(reduced), Capabilities: ['CAPABILITY_NAMED_IAM' as const] };
    const exists = await client.send(new DescribeStacksCommand({ StackName: name })).then(() => true, () => false);
    await client.send(exists ? new UpdateStackCommand(request) : new CreateStackCommand(request));
    statuses[name] = (await client.send(new DescribeStacksCommand({ StackName: name }))).Stacks?.[0]?.StackStatus ?? 'unknown';
  }
  return statuses;
}
