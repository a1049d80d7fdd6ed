import { randomUUID } from 'node:crypto';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient, type Message } from '@aws-sdk/client-sqs';
import { SNSClient } from '@aws-sdk/client-sns';
import { createKinesisStream, openKinesisClient } from '@data-master/aws/kinesis';
import type { StreamRecord } from '@data-master/ports';
import type { Demand } from './calls/aws-call.ts';
import { startRecordingProxy, type RecordingProxy } from './calls/recording-proxy.ts';
import { createPipe } from './events/pipe.ts';
import { fireSchedule, mayInvoke, routeEvent, type Delivery } from './events/rules.ts';
import { objectCreated } from './events/object-created.ts';
import { readDefinition } from './machines/machine-definition.ts';
import { runMachine, type ExecutionResult } from './machines/run-machine.ts';
import { createServices } from './machines/services.ts';
import { createFunctionPool, type FunctionPool } from './processes/function-pool.ts';
import type { TaskRun } from './processes/task-run.ts';
import { functionSettings, type ProcessAccess } from './processes/workers.ts';
import { createStatefulResources, type AccountAccess } from './template/account.ts';
import type { Deployment } from './template/deployment.ts';
import type { Json } from './template/json.ts';
import { createDelivery } from './ways/delivery.ts';
import { createQueueFeed } from './ways/queue-feed.ts';
import type { StreamedRecord } from './ways/stream-reader.ts';

export interface Execution extends ExecutionResult {
  machine: string;
  input: Json;
}

/** What one delivery in the account may suffer. */
export interface Mishaps {
  /** Rearranges what the pipe delivers. */
  pipe?: (records: Json[]) => Json[];
  /** Rearranges what a delivery reads of its stream. */
  stream?: (records: StreamedRecord[]) => StreamedRecord[];
  /** Rearranges what a function gets of its queue. */
  queue?: (messages: Message[]) => Message[];
  /** How often S3 tells of an object; default 1. */
  objectEvents?: number;
}

/** The lake of the templates, running: functions and workers as processes, everything between them as the templates say. */
export interface AwsLake {
  deployment: Deployment;
  proxy: RecordingProxy;
  /** Everything that a state machine ran. */
  executions: readonly Execution[];
  /** Events that a function failed on for good. */
  deadLetters: readonly { functionName: string; input: Json; error: string }[];
  /** All that functions and tasks printed and machines published. */
  logs: () => string;
  /** Puts an object into a bucket as its uploader does; the events of it go their way with `settle`. */
  put: (bucket: string, key: string, body: Uint8Array) => Promise<void>;
  /** Puts changes on a stream as DMS does, in its role. */
  capture: (stream: string, records: readonly StreamRecord[]) => Promise<void>;
  /** Puts texts on a queue as their producer does. */
  send: (queue: string, texts: readonly string[]) => Promise<void>;
  /** The texts that wait on a queue. */
  waiting: (queue: string) => Promise<string[]>;
  /** Removes an object; the events of its creation stay. */
  remove: (bucket: string, key: string) => Promise<void>;
  /** Delivers events, feeds functions from queues, delivers streams, runs the pipes and what they start until nothing moves any more. */
  settle: (mishaps?: Mishaps) => Promise<void>;
  /** Does what a schedule does when its hour comes, and waits until it is done. */
  fire: (schedule: string) => Promise<void>;
  /** Ends the processes at work for a role, as a lost host does. */
  kill: (roleName: string) => void;
  close: () => Promise<void>;
}

export interface AwsLakeOptions extends Pick<ProcessAccess, 'bundles' | 'nativePackages' | 'scratch'> {
  deployment: Deployment;
  account: AccountAccess;
}

const asyncAttempts = 3;
/** Longer than a look at a queue takes, during which no message comes twice. */
const lookSeconds = 600;

/** Creates what holds state in the account and wires the rest by what the deployment says. */
export async function startAwsLake({ deployment, account, ...folders }: AwsLakeOptions): Promise<AwsLake> {
  await createStatefulResources(deployment, account);
  const proxy = await startRecordingProxy(account.endpoint, deployment.place, (demand) => byArn(deployment, demand));
  const roleName = (arn: string): string => deployment.find('AWS::IAM::Role', arn).ref;
  const accessKeyOf = (roleArn: string): string => proxy.keyOf(roleName(roleArn));
  const access: ProcessAccess = { endpoint: proxy.endpoint, region: deployment.place.region, accessKeyOf, ...folders };
  const accessAs = (roleArn: string): AccountAccess => ({ endpoint: proxy.endpoint, region: access.region, credentials: { accessKeyId: accessKeyOf(roleArn), secretAccessKey: 'of-no-account' } });
  const s3 = new S3Client({ ...account, forcePathStyle: true });
  const sqs = new SQSClient(account);

  const printed: string[] = [];
  const log = (text: string): void => void printed.push(text);

  const pools = new Map<string, FunctionPool & { roleArn: string }>();
  const functionPool = (arn: string): FunctionPool => {
    const settings = functionSettings(deployment.find('AWS::Lambda::Function', arn), access);
    const pool = pools.get(settings.functionName) ?? Object.assign(createFunctionPool(settings, log), { roleArn: settings.roleArn });
    pools.set(settings.functionName, pool);
    return pool;
  };
  const tasks = new Map<TaskRun, string>();
  const executions: Execution[] = [];
  const deadLetters: { functionName: string; input: Json; error: string }[] = [];

  const startExecution = async (machineArn: string, by: string, input: Json): Promise<void> => {
    const machine = deployment.find('AWS::StepFunctions::StateMachine', machineArn);
    const caller = roleName(machine.properties()['RoleArn'] as string);
    const sns = new SNSClient(accessAs(caller));
    proxy.record({ caller: roleName(by), action: 'states:StartExecution', resource: machine.ref, status: 200 });
    const services = createServices({
      deployment, access, functionPool, sns, log,
      record: (action, resource) => proxy.record({ caller, action, resource, status: 200 }),
      onTask: (roleArn, run) => {
        tasks.set(run, roleName(roleArn));
        void run.exited.then(() => tasks.delete(run));
      },
    });
    const executionId = `${machine.ref.replace(':stateMachine:', ':execution:')}:${randomUUID()}`;
    const result = await runMachine(readDefinition(machine), input, executionId, services);
    executions.push({ machine: machine.attributes['Name']!, input, ...result });
    sns.destroy();
  };

  const invokeAsynchronously = async (arn: string, input: Json): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return void (await functionPool(arn).invoke(input));
      } catch (error) {
        if (attempt < asyncAttempts) continue;
        const lambda = deployment.find('AWS::Lambda::Function', arn);
        const queue = (lambda.properties()['DeadLetterConfig'] as { TargetArn: string } | undefined)?.TargetArn;
        if (queue) proxy.record({ caller: roleName(lambda.properties()['Role'] as string), action: 'sqs:SendMessage', resource: queue, status: 200 });
        return void deadLetters.push({ functionName: lambda.ref, input, error: String(error) });
      }
    }
  };

  const deliver = async (delivery: Delivery): Promise<void> => {
    if (delivery.targetArn.includes(':stateMachine:')) return startExecution(delivery.targetArn, delivery.roleArn ?? '', delivery.input);
    if (delivery.roleArn) proxy.record({ caller: roleName(delivery.roleArn), action: 'lambda:InvokeFunction', resource: delivery.targetArn, status: 200 });
    if (!mayInvoke(deployment, delivery)) throw new Error(`${delivery.ruleArn} may not invoke ${delivery.targetArn}; expected an AWS::Lambda::Permission for events.amazonaws.com and this rule`);
    await invokeAsynchronously(delivery.targetArn, delivery.input);
  };

  const created: { bucket: string; key: string; sizeBytes: number }[] = [];
  let seenCalls = 0;
  /** Objects that functions wrote since the last look: S3 tells of those too. */
  const noteWrites = (): void => {
    const written = proxy.calls.slice(seenCalls).filter(({ action, status }) => action === 's3:PutObject' && status === 200).map(({ resource }) => resource);
    seenCalls = proxy.calls.length;
    for (const resource of new Set(written)) {
      const [, bucket, key] = /^arn:aws:s3:::([^/]+)\/(.+)$/s.exec(resource)!;
      created.push({ bucket: bucket!, key: key!, sizeBytes: 1 });
    }
  };
  const tellsEventBridge = (bucket: string): boolean => 'NotificationConfiguration' in deployment.find('AWS::S3::Bucket', bucket).properties() && JSON.stringify(deployment.find('AWS::S3::Bucket', bucket).properties()['NotificationConfiguration']).includes('EventBridgeConfiguration');
  const urlOf = (queue: string): string => `${account.endpoint}/${deployment.place.account}/${deployment.find('AWS::SQS::Queue', `arn:aws:sqs:${deployment.place.region}:${deployment.place.account}:${queue}`).attributes['QueueName']}`;
  const feeds = deployment.list('AWS::Lambda::EventSourceMapping').map((mapping) => {
    const { Role: roleArn } = deployment.find('AWS::Lambda::Function', mapping.properties()['FunctionName'] as string).properties();
    return createQueueFeed(mapping, { deployment, access: accessAs(roleArn as string), functionPool, account });
  });
  const deliveries = deployment.list('AWS::KinesisFirehose::DeliveryStream').filter((stream) => 'KinesisStreamSourceConfiguration' in stream.properties()).map((stream) => {
    const { RoleARN: roleArn } = stream.properties()['KinesisStreamSourceConfiguration'] as { RoleARN: string };
    return createDelivery(stream, { deployment, access: accessAs(roleArn), functionPool, record: (action, resource) => proxy.record({ caller: roleName(roleArn), action, resource, status: 200 }) });
  });
  const pipes = deployment.list('AWS::Pipes::Pipe').map((pipe) => createPipe(pipe, accessAs(pipe.properties()['RoleArn'] as string)));

  return {
    deployment, proxy, executions, deadLetters,
    logs: () => printed.join(''),

    async put(bucket, key, body) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
      created.push({ bucket, key, sizeBytes: body.length });
    },

    async capture(stream, records) {
      const target = deployment.list('AWS::DMS::Endpoint').map((endpoint) => endpoint.properties()['KinesisSettings'] as { StreamArn: string; ServiceAccessRoleArn: string } | undefined).find((settings) => settings?.StreamArn.endsWith(`/${stream}`));
      if (!target) throw new Error(`no endpoint of DMS writes to ${stream}; expected one in the templates`);
      const client = openKinesisClient(accessAs(target.ServiceAccessRoleArn));
      await createKinesisStream({ client, streamName: stream }).append(records);
      client.destroy();
    },

    async send(queue, texts) {
      for (const text of texts) await sqs.send(new SendMessageCommand({ QueueUrl: urlOf(queue), MessageBody: text }));
    },

    async waiting(queue) {
      const texts: string[] = [];
      for (;;) {
        const { Messages: messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: urlOf(queue), MaxNumberOfMessages: 10, VisibilityTimeout: lookSeconds }));
        if (messages.length === 0) return texts;
        texts.push(...messages.map(({ Body: text }) => text!));
      }
    },

    async remove(bucket, key) {
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },

    async settle({ pipe: rearrange, stream, queue, objectEvents = 1 } = {}) {
      for (let moved = true; moved; ) {
        const fed = await Promise.all([...deliveries.map(({ deliver }) => deliver(stream)), ...feeds.map(({ feed }) => feed(queue))]);
        noteWrites();
        const events = created.splice(0).filter(({ bucket }) => tellsEventBridge(bucket)).flatMap((object) => Array.from({ length: objectEvents }, () => objectCreated(deployment.place, object)));
        await Promise.all(events.flatMap((event) => routeEvent(deployment, event)).map(deliver));
        const starts = (await Promise.all(pipes.map((pipe) => pipe.poll(rearrange)))).flat();
        await Promise.all(starts.map(({ machineArn, roleArn, input }) => startExecution(machineArn, roleArn, input)));
        moved = events.length + starts.length > 0 || fed.some((count) => count > 0);
      }
    },

    async fire(schedule) {
      await Promise.all(fireSchedule(deployment, schedule).map(deliver));
    },

    kill(name) {
      for (const pool of pools.values()) if (roleName(pool.roleArn) === name) pool.killBusy();
      for (const [run, role] of tasks) if (role === name) run.kill('SIGKILL');
    },

    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
      for (const run of tasks.keys()) run.kill('SIGKILL');
      await Promise.all([...tasks.keys()].map((run) => run.exited));
      for (const each of [...pipes, ...feeds, ...deliveries]) each.close();
      s3.destroy();
      sqs.destroy();
      await proxy.close();
    },
  };
}

/** A secret may be asked for by name; its policy names the ARN, which ends in six characters of AWS's own. */
function byArn(deployment: Deployment, demand: Demand): Demand {
  const name = /:secret:(.+)$/.exec(demand.resource)?.[1];
  const secret = name && deployment.list('AWS::SecretsManager::Secret').find((each) => each.properties()['Name'] === name);
  return secret ? { ...demand, resource: secret.ref } : demand;
}
