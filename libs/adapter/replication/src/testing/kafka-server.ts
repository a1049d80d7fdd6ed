import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Admin, Producer } from '@platformatic/kafka';
import { findJava, findPython, prepareLocked, type Found } from '@data-master/spark/testing';
import { freePort } from './free-port.ts';

/** What a Kafka of a test is started with. */
export interface KafkaPrograms {
  javaHome: string;
  jars: string[];
}

/** Apache Kafka from Maven's artefacts, which are put into the cache once; the reason when there is no Java to run it. */
export async function findKafka(): Promise<Found<KafkaPrograms>> {
  const java = findJava(process.env);
  if (java.missing !== undefined) return java;
  const python = findPython(process.env);
  if (python.missing !== undefined) return python;
  const { jars } = await prepareLocked(python, { content: 'Apache Kafka', jars: join(import.meta.dirname, 'kafka-jars.json') });
  return { javaHome: java.home, jars };
}

/** A real Kafka of a test, one broker that is its own controller, in a folder of its own. */
export interface TestKafka {
  /** `127.0.0.1:port`. */
  broker: string;
  admin: Admin;
  /** Makes a topic of three partitions and returns when it has leaders. */
  createTopic: (topic: string) => Promise<void>;
  producer: Producer;
  kill: () => Promise<void>;
  start: () => Promise<void>;
  remove: () => Promise<void>;
}

/** Makes and starts a broker; the settings are added to its properties. */
export async function startKafka({ javaHome, jars }: KafkaPrograms, settings: Record<string, string> = {}): Promise<TestKafka> {
  const folder = await mkdtemp(join(tmpdir(), 'dm-kafka-'));
  const [port, controllerPort] = [await freePort(), await freePort()];
  const broker = `127.0.0.1:${port}`;
  const properties = join(folder, 'server.properties');
  await writeFile(properties, Object.entries({
    'process.roles': 'broker,controller', 'node.id': '1', 'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`, 'controller.listener.names': 'CONTROLLER',
    listeners: `CLIENT://${broker},CONTROLLER://127.0.0.1:${controllerPort}`, 'advertised.listeners': `CLIENT://${broker}`, 'inter.broker.listener.name': 'CLIENT',
    'listener.security.protocol.map': 'CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT', 'log.dirs': join(folder, 'data'), 'log.retention.check.interval.ms': '500',
    'offsets.topic.replication.factor': '1', 'offsets.topic.num.partitions': '1', 'group.initial.rebalance.delay.ms': '0', 'broker.session.timeout.ms': '1000', 'broker.heartbeat.interval.ms': '200',
    'transaction.state.log.replication.factor': '1', 'transaction.state.log.min.isr': '1', 'transaction.state.log.num.partitions': '1', ...settings,
  }).map(([name, value]) => `${name}=${value}\n`).join(''));
  const run = (program: string, args: string[]): ChildProcess =>
    spawn(join(javaHome, 'bin', 'java'), ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', jars.join(':'), program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const formatting = run('kafka.tools.StorageTool', ['format', '-t', 'ZG0tdGVzdC1rYWZrYS0wMQ', '-c', properties]);
  const messages = collectErrors(formatting);
  const [code] = (await once(formatting, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`Kafka's folder was not made, exit code ${code}: ${messages().slice(-2000)}`);

  const options = { clientId: 'test', bootstrapBrokers: [broker], retries: 100, retryDelay: 100, connectTimeout: 5000 };
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    server = run('kafka.Kafka', [properties]);
    const errors = collectErrors(server);
    const exited = once(server, 'exit').then(([status]) => { throw new Error(`Kafka ended with ${status}: ${errors().slice(-2000)}`); });
    const probe = new Admin({ ...options, retries: 600 });
    await Promise.race([exited, probe.metadata({})]);
    exited.catch(() => undefined);
    await probe.close();
  };
  const kill = async (): Promise<void> => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  };
  await start();
  const admin = new Admin(options);
  const producer = new Producer({ ...options, acks: -1 });
  return {
    broker, admin, producer, kill, start,
    async createTopic(topic) {
      await admin.createTopics({ topics: [topic], partitions: 3, replicas: 1 });
      const isThere = async (): Promise<boolean> => (await admin.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic)?.partitions.filter(({ leader }) => leader >= 0).length === 3;
      while (!(await isThere().catch(() => false))) await delay(50);
    },
    async remove() {
      await Promise.allSettled([admin.close(), producer.close()]);
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function collectErrors(child: ChildProcess): () => string {
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => void (errors += chunk.toString()));
  return () => errors;
}
