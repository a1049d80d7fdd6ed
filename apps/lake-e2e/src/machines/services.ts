import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { FunctionError, type FunctionPool } from '../processes/function-pool.ts';
import { createLimit } from '../processes/limit.ts';
import { startTask, type TaskRun } from '../processes/task-run.ts';
import { taskSettings, type ProcessAccess } from '../processes/workers.ts';
import type { Deployment, Resource } from '../template/deployment.ts';
import { isObject, requireObject, requireText, toText, type JsonObject } from '../template/json.ts';
import type { Service } from './run-machine.ts';

/** Tasks of all machines at a time, as far as this machine carries them. */
const taskLimit = createLimit(2);

export interface ServicePorts {
  deployment: Deployment;
  access: ProcessAccess;
  functionPool: (arn: string) => FunctionPool;
  /** Notes a call that the machine itself makes of a service. */
  record: (action: string, resource: string) => void;
  log: (text: string) => void;
  /** Signs with the key of the machine's role. */
  sns: SNSClient;
  /** Told of every task that is started, and of its end. */
  onTask?: (roleArn: string, run: TaskRun) => void;
}

/** The services as the machines of the lake call them; each notes what the machine's role must allow. */
export function createServices({ deployment, access, functionPool, record, sns, log, onTask }: ServicePorts): Record<string, Service> {
  return {
    'lambda:invoke': async ({ FunctionName: name, Payload: payload }) => {
      const { attributes: { Arn: arn } } = deployment.find('AWS::Lambda::Function', requireText(name, 'FunctionName'));
      record('lambda:InvokeFunction', arn!);
      return { StatusCode: 200, Payload: await functionPool(arn!).invoke(payload) };
    },

    'ecs:runTask.sync': async (request) => {
      const definition = findTaskDefinition(deployment, requireText(request['TaskDefinition'], 'TaskDefinition'));
      const cluster = deployment.find('AWS::ECS::Cluster', requireText(request['Cluster'], 'Cluster'));
      requireNetwork(deployment, request);
      const overrides = isObject(request['Overrides']) ? request['Overrides']['ContainerOverrides'] : undefined;
      const settings = taskSettings(definition, overrides, access);
      const taskArn = `${cluster.attributes['Arn']!.replace(':cluster/', ':task/')}/0123456789abcdef0123456789abcdef`;
      record('ecs:RunTask', definition.ref);
      for (const role of new Set([settings.roleArn, settings.executionRoleArn])) record('iam:PassRole', role);
      awaitEnd(deployment, record, ['ecs:DescribeTasks', 'ecs:StopTask'], taskArn, 'StepFunctionsGetEventsForECSTaskRule');
      const { exitCode, signal, errors } = await taskLimit(() => {
        const run = startTask(settings, log);
        onTask?.(settings.roleArn, run);
        return run.exited;
      });
      if (exitCode === 0) return { TaskArn: taskArn, LastStatus: 'STOPPED' };
      throw new FunctionError('States.TaskFailed', `task ${settings.family} ended with ${exitCode ?? signal}: ${errors}`);
    },

    'sns:publish': async ({ TopicArn: topic, Subject: subject, Message: message }) => {
      const { attributes: { TopicArn: arn } } = deployment.find('AWS::SNS::Topic', requireText(topic, 'TopicArn'));
      log(`${toText(subject)} ${toText(message)}\n`);
      const { MessageId: id } = await sns.send(new PublishCommand({ TopicArn: arn, Message: toText(message), ...(subject !== undefined && { Subject: toText(subject) }) }));
      return { MessageId: id };
    },

    'emr-serverless:startJobRun.sync': async ({ Name: name }) => {
      throw new FunctionError('EMRServerless.NotHere', `job ${toText(name)} was started; expected the engine duckdb: EMR Serverless does not run on this machine`);
    },
  };
}

/** A task definition by its ARN or, as ECS takes it for its newest revision, by its family. */
function findTaskDefinition(deployment: Deployment, name: string): Resource {
  return deployment.list('AWS::ECS::TaskDefinition').find((definition) => definition.properties()['Family'] === name) ?? deployment.find('AWS::ECS::TaskDefinition', name);
}

/** `.sync` watches what it started by a rule of its own, polls when events are late, and stops it when the execution is stopped. */
function awaitEnd({ place: { account, region } }: Deployment, record: ServicePorts['record'], actions: string[], arn: string, rule: string): void {
  for (const action of actions) record(action, arn);
  for (const action of ['events:PutTargets', 'events:PutRule', 'events:DescribeRule']) record(action, `arn:aws:events:${region}:${account}:rule/${rule}`);
}

function requireNetwork(deployment: Deployment, request: JsonObject): void {
  const network = requireObject(requireObject(request['NetworkConfiguration'], 'NetworkConfiguration')['AwsvpcConfiguration'], 'AwsvpcConfiguration');
  for (const subnet of network['Subnets'] as string[]) deployment.find('AWS::EC2::Subnet', subnet);
  for (const group of network['SecurityGroups'] as string[]) deployment.find('AWS::EC2::SecurityGroup', group);
}
