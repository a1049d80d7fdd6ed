import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describeWithMoto, makeKinesisStream, makeLakeResources, startTask, type LakeResources, type ShellProcess } from '@data-master/aws/testing';
import { startPostgres, type TestPostgres } from '@data-master/replication/testing';
import { collect } from '@data-master/testing';

const main = join(import.meta.dirname, 'main.ts');
const pollMs = 100;
/** The slot of a task that was killed is free only after a while. */
const settings = JSON.stringify({ ErrorBehavior: { RecoverableErrorInterval: 0.2, RecoverableErrorThrottlingMax: 1 } });

interface Envelope {
  data: Record<string, unknown>;
  metadata: { operation: string; 'table-name': string };
}

await describeWithMoto('the replication task', (moto) => {
  let postgres: TestPostgres;
  let lake: LakeResources;
  let stream: Awaited<ReturnType<typeof makeKinesisStream>>;
  let secrets: SecretsManagerClient;
  const cleaning: (() => unknown)[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
    cleaning.push(() => postgres.remove());
    lake = await makeLakeResources(moto(), (clean) => cleaning.push(clean));
    stream = await makeKinesisStream(moto(), (clean) => cleaning.push(clean));
    secrets = new SecretsManagerClient({ ...moto().config });
    cleaning.push(() => secrets.destroy());
    await postgres.run("CREATE TABLE profile (profile_id bigint PRIMARY KEY, profile_name text, email text, state text); INSERT INTO profile VALUES (1, 'one', 'one@example.com', 'CA'), (2, 'two', 'two@example.com', 'NY')");
    await writeSecret('source', {});
  }, 120_000);
  afterAll(async () => {
    for (const clean of cleaning.reverse()) await clean();
  });

  async function writeSecret(name: string, changes: object): Promise<void> {
    const { user: username, password, host, port, database: dbname } = postgres.connection;
    await secrets.send(new CreateSecretCommand({ Name: name, SecretString: JSON.stringify({ engine: 'postgres', username, password, host, port, dbname, ...changes }) }));
  }
  const start = (task: string, environment: Record<string, string> = {}): ShellProcess => {
    const started = startTask(main, { ...lake.environment, DM_SOURCE_SECRET: 'source', DM_CHANGE_STREAM: stream.streamName, DM_TASK: task, DM_SOURCE_TLS: 'off', DM_TASK_SETTINGS: settings, ...environment });
    cleaning.push(() => started.kill('SIGKILL'));
    return started;
  };
  const logged = (task: ShellProcess, event: string) => task.logged((line) => line.event === event);
  const envelopes = async (): Promise<Envelope[]> => (await stream.readAll()).map((data) => JSON.parse(Buffer.from(data).toString()) as Envelope);
  /** Resolves to the envelopes once there is one for each name. */
  async function untilNamed(...names: string[]): Promise<Envelope[]> {
    for (;;) {
      const all = await envelopes();
      if (names.every((name) => all.some(({ data }) => data['profile_name'] === name))) return all;
      await delay(pollMs);
    }
  }
  const insert = (id: number, name: string) => postgres.run(`INSERT INTO profile VALUES (${id}, '${name}', '${name}@example.com', 'CA')`);

  it('brings loaded rows to raw and changes to the stream, is stopped, and goes on where it was', async () => {
    const task = start('core');
    await logged(task, 'replication.streaming');
    const raw = await collect(lake.stage.list('raw/profile/'));
    const text = (await Promise.all(raw.map(async ({ key }) => gunzipSync(Buffer.concat(await collect(lake.stage.read(key)))).toString()))).join('');
    expect(text.match(/^(\d),(one|two),/gm)).toHaveLength(2);
    await insert(3, 'three');
    expect(await untilNamed('three')).toMatchObject([{ data: { profile_id: 3 }, metadata: { operation: 'insert', 'table-name': 'profile' } }]);

    await insert(4, 'four');
    task.kill('SIGTERM');
    expect(await task.ended).toMatchObject({ code: 143, said: '' });
    expect(task.logs.map(({ event }) => event)).toContain('task.handed_back');
    expect(await lake.stage.head('replication/core/state.json')).toBeDefined();

    await insert(5, 'five');
    const again = start('core');
    await untilNamed('three', 'four', 'five');
    expect(again.logs.map(({ event }) => event)).not.toContain('replication.planned');
    again.kill('SIGKILL');
    await again.ended;
    await insert(6, 'six');
    const last = start('core');
    await untilNamed('six');
    last.kill('SIGTERM');
    await last.ended;
    expect(JSON.stringify([task.logs, again.logs, last.logs])).not.toMatch(/example\.com|postgres:postgres/);
  }, 120_000);

  it('brings loaded rows to the stream as well when it is told to', async () => {
    const task = start('all', { DM_LOAD: 'stream' });
    await logged(task, 'replication.streaming');
    const all = await untilNamed('one', 'two');
    expect(all.filter(({ metadata }) => metadata.operation === 'load').map(({ data }) => data['profile_name']).sort()).toEqual(expect.arrayContaining(['one', 'two']));
    task.kill('SIGTERM');
    await task.ended;
  }, 120_000);

  it('ends with the reason when the stream does not exist, and loses nothing', async () => {
    const task = start('lost', { DM_CHANGE_STREAM: 'missing' });
    await logged(task, 'replication.streaming');
    await insert(7, 'seven');
    expect(await task.ended).toMatchObject({ code: 1 });
    expect(await logged(task, 'task.failed')).toMatchObject({ error: { name: 'TerminalError', message: expect.stringMatching(/writing to Kinesis stream missing failed.*correct the name and the region, or deploy the stack/) as unknown } });
    const mended = start('lost');
    await untilNamed('seven');
    mended.kill('SIGTERM');
    await mended.ended;
  }, 120_000);

  it.each<[string, object | undefined, RegExp]>([
    ['lacks a field', { host: undefined }, /secret lacks does not describe a database \(host: .*; attach it to its database/],
    ['does not exist', undefined, /reading secret .* failed with ResourceNotFoundException.*deploy the stack/],
  ])('ends with the remedy when its secret %s', async (title, changes, message) => {
    const name = title.split(' ')[0]!;
    if (changes) await writeSecret(name, changes);
    const task = start('core', { DM_SOURCE_SECRET: name });
    expect(await task.ended).toMatchObject({ code: 1 });
    expect(await logged(task, 'task.failed')).toMatchObject({ error: { message: expect.stringMatching(message) as unknown } });
  });

  it('takes no connection without a certificate unless it is told to', async () => {
    const task = start('safe', { DM_SOURCE_TLS: 'verify' });
    expect(await logged(task, 'replication.retry')).toMatchObject({ error: expect.stringContaining('The server does not support SSL connections') as unknown });
    task.kill('SIGTERM');
    expect(await task.ended).toMatchObject({ code: 143 });
  });
});
