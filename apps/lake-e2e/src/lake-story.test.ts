import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWithMoto } from '@data-master/aws/testing';
import { beerLake } from '@data-master/beer-lake';
import { lakeTables } from '@data-master/table-contracts';
import { judgeRole } from './policies/judge-role.ts';
import { startAwsShell, type AwsShell } from './testing/aws-shell.ts';
import { exportTables } from './testing/aws-tables.ts';
import { beerStory } from './testing/beer-story.ts';
import { compareWithFile } from './testing/compare-lakes.ts';
import { controlOutcomes } from './testing/control-outcomes.ts';
import { startEmbeddedShell, type EmbeddedShell } from './testing/embedded-shell.ts';
import { judgedRoles, unusedPermissions } from './testing/expected-permissions.ts';
import { readStoredText } from './testing/stored-text.ts';

const tables = lakeTables(beerLake).map(({ layer, name }) => `${layer}.${name}`);
const storyMs = 240_000;

await describeWithMoto('one story on two shells', (moto) => {
  let folder: string;
  let aws: AwsShell | undefined;
  let embedded: EmbeddedShell | undefined;
  let files: Record<string, string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dm-e2e-'));
    aws = await startAwsShell(moto());
    embedded = await startEmbeddedShell(aws.key);
    await aws.play(beerStory);
    await embedded.play(beerStory);
    files = await exportTables(moto().config, aws.buckets.datalake, join(folder, 'tables'));
  }, storyMs);
  afterAll(async () => {
    await aws?.close();
    await embedded?.close();
    await rm(folder, { recursive: true, force: true });
  }, storyMs);

  it.each(tables)('%s has the same rows on both', async (table) => {
    const difference = await compareWithFile((sql) => embedded!.lake.query(sql), table, files[table]!);
    expect(difference).toEqual({ rows: expect.any(Number) as unknown, onlyHere: 0, onlyThere: 0 });
    expect(difference.rows).toBeGreaterThan(0);
  });

  it('every file ended alike on both, and nothing waits', async () => {
    const outcomes = controlOutcomes(await aws!.records());
    expect(outcomes).toEqual(controlOutcomes(await embedded!.records()));
    expect(outcomes.filter((line) => /: (?:pending|running)/.test(line))).toEqual([]);
    expect(outcomes.filter((line) => line.includes(': error')).map((line) => line.split(' ')[0])).toEqual(['dm_bronze.review', 'dm_bronze.wine']);
  });

  it('machines ran by function and by task, and ended well', () => {
    const { executions, deadLetters } = aws!.lake;
    expect(executions.filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);
    const targets = executions.filter(({ machine }) => machine === 'dm-ingestion-dispatcher').flatMap(({ input }) => input as { compute_target: string }[]).map(({ compute_target: target }) => target);
    expect(new Set(targets)).toEqual(new Set(['lambda', 'ecs']));
    expect(deadLetters).toEqual([]);
  });

  it('no e-mail address stands anywhere but in raw', async () => {
    const addresses = new Set(beerStory.flatMap(({ deliveries }) => deliveries).filter(({ key }) => key.startsWith('raw/profile/')).flatMap(({ body }) => gunzipSync(body).toString().match(/[\w.]+@example\.\w+/g) ?? []));
    expect(addresses.size).toBeGreaterThan(20);
    const texts = new Map([
      ...(await readStoredText(moto().config, aws!.buckets.stage, join(folder, 'text'), 'raw/')),
      ...(await readStoredText(moto().config, aws!.buckets.datalake, join(folder, 'text'))),
      ['control records', JSON.stringify(await aws!.records())],
      ['logs', aws!.lake.logs()],
    ]);
    expect([...texts.keys()].filter((key) => key.startsWith('quarantine/')).length).toBe(1);
    expect([...texts].flatMap(([key, text]) => [...addresses].filter((address) => text.includes(address)).map((address) => `${address} in ${key}`))).toEqual([]);
  });

  it.each(judgedRoles)('%s asked for nothing that its policies do not allow, and for all that they do', (role) => {
    const { missing, unused, idleReasons } = judgeRole(aws!.lake.deployment, role, aws!.lake.proxy.calls, unusedPermissions[role]);
    expect({ missing, unused, idleReasons }).toEqual({ missing: [], unused: [], idleReasons: [] });
  });
});
