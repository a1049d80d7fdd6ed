import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeLakeResources, openRequestGate, prepareMoto, startMoto, type LakeResources, type Moto } from '@data-master/aws/testing';
import { beerLake } from '@data-master/beer-lake';
import type { ControlRecord } from '@data-master/control-records';
import { registerRawObject } from '@data-master/ingestion';
import { createMemoryLogger } from '@data-master/testing';
import { findProcess, missingImageTools, startImageTools, writeBaseContext, type ImageTools } from './testing/image-tools.ts';

const tool = (name: string): string => join(import.meta.dirname, '../../../tools', name);
const missing = missingImageTools() ?? (await prepareMoto()).missing;
if (missing !== undefined) process.stderr.write(`skipped: the image of the bronze worker. ${missing}\n`);

(missing === undefined ? describe : describe.skip)('the image of the bronze worker', () => {
  const base = 'localhost/node-base:24';
  let folder: string;
  let tools: ImageTools;
  let moto: Moto;
  let lake: LakeResources;
  const cleaning: (() => unknown)[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'image-'));
    tools = await startImageTools(folder);
    moto = await startMoto();
    lake = await makeLakeResources(moto, (clean) => cleaning.push(clean));
    writeBaseContext(join(folder, 'base'));
    await tools.run('buildah', 'build', '--tag', base, join(folder, 'base'));
    await tools.run(process.execPath, tool('bundle.mjs'), 'bronze-worker', '--dist', folder);
  }, 180_000);
  afterAll(async () => {
    for (const clean of cleaning) await clean();
    await Promise.all([tools?.close(), moto?.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const push = () => tools.run(process.execPath, tool('image.mjs'), 'push', 'bronze-worker', '--repository', 'bronze-ingestor-mass', '--base', base, '--arch', process.arch, '--builder', 'buildah', '--registry', tools.registry, '--dist', folder);
  const pushed = () => JSON.parse(readFileSync(join(folder, 'images/bronze-worker.json'), 'utf8')) as { repository: string; tag: string };
  const reference = (): string => `${tools.registry}/${pushed().repository}:${pushed().tag}`;

  async function register(second: number): Promise<ControlRecord> {
    const objectKey = `raw/brewery/dm-batch-process-1-2013-01-01-00-00-0${second}-00000000-0000-4000-8000-00000000000${second}.gz`;
    await lake.stage.write(objectKey, Buffer.from(`brewery_id,brewery_name\n${second},One\n`));
    const ports = { model: beerLake, store: lake.stage, control: lake.control, clock: { now: () => new Date() }, logger: createMemoryLogger() };
    return (await registerRawObject(objectKey, ports))!.record;
  }

  /** Runs the image as it was pushed, by its own entry point; resolves to the exit code. */
  async function startContainer(environment: Record<string, string>): Promise<{ ended: Promise<number> }> {
    const container = await tools.run('buildah', 'from', '--pull-always', '--tls-verify=false', reference());
    const { OCIv1: { config } } = JSON.parse(await tools.run('buildah', 'inspect', '--type', 'image', reference())) as { OCIv1: { config: { Entrypoint: string[]; User: string } } };
    expect(config).toMatchObject({ Entrypoint: ['node', '/app/main.mjs'], User: '1000:1000' });
    const variables = Object.entries(environment).filter(([name]) => name !== 'PATH').flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const running = tools.start('buildah', 'run', '--network', 'host', ...variables, container, '--', ...config.Entrypoint);
    return { ended: once(running, 'exit').then(([code]) => code as number) };
  }

  it('is built and pushed under a tag of its content, and not again while that is the same', async () => {
    expect(await push()).toMatch(/\/dm-bronze-ingestor-mass:[0-9a-f]{16} pushed$/);
    expect(pushed().repository).toBe('dm-bronze-ingestor-mass');
    expect(await push()).toBe(`${reference()} is there already`);
  }, 120_000);

  it('runs against the services as a user without rights', async () => {
    const record = await register(1);
    const { ended } = await startContainer({ ...lake.environment, DM_CONTROL_ID: record.control_id });
    expect(await ended).toBe(0);
    expect(await lake.control.get(record.control_id)).toMatchObject({ status: 'success', record_count: 1 });
  }, 120_000);

  it('hands its record back at SIGTERM', async () => {
    const record = await register(2);
    const reading = Promise.withResolvers<void>();
    const gate = await openRequestGate(moto.endpoint, ({ method, url }) => {
      if (method !== 'GET' || !url.includes('/raw/brewery/')) return true;
      reading.resolve();
      return false;
    });
    cleaning.push(() => gate.close());
    const container = startContainer({ ...lake.environment, AWS_ENDPOINT_URL: gate.endpoint, DM_CONTROL_ID: record.control_id, DM_FINISH_SECONDS: '1' });
    await reading.promise;
    const pid = findProcess('/app/main.mjs', record.control_id);
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Uid:\t1000\t/m);
    process.kill(pid, 'SIGTERM');
    expect(await (await container).ended).toBe(143);
    expect(await lake.control.get(record.control_id)).toMatchObject({ status: 'pending', attempt_count: 0 });
  }, 120_000);
});
