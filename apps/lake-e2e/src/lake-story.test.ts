import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeWithMoto, type Moto } from '@data-master/aws/testing';
import { beerLake } from '@data-master/beer-lake';
import { lakeTables } from '@data-master/table-contracts';
import type { AwsCall } from './calls/aws-call.ts';
import { withKeyCalls } from './policies/implied-demands.ts';
import { judgeRole } from './policies/judge-role.ts';
import { readAssembly } from './template/deployment.ts';
import type { JsonObject } from './template/json.ts';
import { startAwsShell, synthesize, type AwsShell } from './testing/aws-shell.ts';
import { exportTables } from './testing/aws-tables.ts';
import { beerStory } from './testing/beer-story.ts';
import { control, unroutable } from './testing/change-story.ts';
import { compareWithFile } from './testing/compare-lakes.ts';
import { controlOutcomes } from './testing/control-outcomes.ts';
import { startEmbeddedShell, type EmbeddedShell } from './testing/embedded-shell.ts';
import { invalidEvents } from './testing/event-story.ts';
import { unusedPermissions } from './testing/expected-permissions.ts';
import { readStoredText } from './testing/stored-text.ts';
import { loseFirst, raiseStorm, rearrangeDeliveries } from './testing/storm.ts';

const storyMs = 300_000;
const tables = lakeTables(beerLake).map(({ layer, name }) => `${layer}.${name}`);
const calls: AwsCall[] = [];
/** Put and removed before anybody looks. */
const goneKey = 'raw/beer/gone.csv';
/** What names an object or tells its time, where each shell cuts objects of its own: the position of loaded rows, and of events the commit time too. */
const ownColumns: Record<string, string[]> = { 'silver.beer': ['_position'], 'silver.profile': ['_position'], 'silver.review_posted': ['_position', 'created_at', 'updated_at'] };

await describeWithMoto('one story', (moto) => {
  let folder: string;
  let assembly: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dm-e2e-'));
    assembly = join(folder, 'cdk.out');
    await synthesize(assembly);
  }, storyMs);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  describe.each<[string, string[], (aws: AwsShell) => Promise<{ missed: string[] }>]>([
    ['on two shells', ['dm-ingestion-dispatcher'], async (aws) => {
      await aws.play(beerStory);
      return { missed: [] };
    }],
    ['in a storm of killed, throttled and repeated work, and in peace', ['dm-ingestion-dispatcher'], async (aws) => {
      const storm = raiseStorm(aws.lake);
      await aws.lake.put(aws.buckets.stage, goneKey, new Uint8Array());
      await aws.lake.remove(aws.buckets.stage, goneKey);
      await aws.playDisturbed(beerStory.slice(0, 2), { pipe: rearrangeDeliveries, stream: rearrangeDeliveries, queue: rearrangeDeliveries, objectEvents: 2 });
      await aws.playDisturbed(beerStory.slice(2), { pipe: loseFirst });
      return { missed: storm.missed() };
    }],
  ])('%s', (_name, failing, play) => {
    let aws: AwsShell | undefined;
    let embedded: EmbeddedShell | undefined;
    let files: Record<string, string>;
    let missed: string[];

    beforeAll(async () => {
      await fetch(`${moto().endpoint}/moto-api/reset`, { method: 'POST' });
      aws = await startAwsShell(moto(), readAssembly(assembly));
      embedded = await startEmbeddedShell(aws.key);
      await embedded.play(beerStory);
      ({ missed } = await play(aws));
      files = await exportTables(moto().config, aws.buckets.datalake, await mkdtemp(join(folder, 'tables-')));
    }, storyMs);
    afterAll(async () => {
      if (aws) calls.push(...withKeyCalls(aws.lake.deployment, aws.lake.proxy.calls));
      await aws?.close();
      await embedded?.close();
    }, storyMs);

    it('went as it was meant to go', () => {
      expect(missed).toEqual([]);
    });

    it.each(tables)('%s has the same rows on both', async (table) => {
      const difference = await compareWithFile((sql) => embedded!.lake.query(sql), table, files[table]!, ownColumns[table]);
      expect(difference).toEqual({ rows: expect.any(Number) as unknown, onlyHere: 0, onlyThere: 0 });
      expect(difference.rows).toBeGreaterThan(0);
    });

    it('every file ended alike on both, and nothing waits', async () => {
      const outcomes = controlOutcomes(await aws!.records());
      expect(outcomes).toEqual(controlOutcomes(await embedded!.records()));
      expect(outcomes.filter((line) => /: (?:pending|running)/.test(line))).toEqual([]);
      expect(outcomes.filter((line) => line.includes(': error')).map((line) => line.split(' ')[0])).toEqual(['dm_bronze.review', 'dm_bronze.wine']);
    });

    it('records that no router can read are kept whole on both, and in the cloud control records with them', async () => {
      expect([...new Set(await embedded!.unrouted())].sort()).toEqual(unroutable.toSorted());
      expect([...new Set(await aws!.unrouted())].sort()).toEqual([...unroutable, control].sort());
    });

    it('invalid events are kept on both with the rules that they violate, and wait unchanged', async () => {
      const kept = ({ original, violations }: JsonObject): string => JSON.stringify([original, violations]);
      const invalid = new Set((await aws!.invalid()).map(kept));
      expect(invalid).toEqual(new Set((await embedded!.invalid()).map(kept)));
      expect(invalid.size).toBe(invalidEvents.length);
      expect(new Set(await aws!.deadEvents())).toEqual(new Set(invalidEvents));
    });

    it('small objects went by function and large ones by task, and a machine failed only for a broken file', () => {
      const { executions, deadLetters } = aws!.lake;
      const targets = executions.filter(({ machine }) => machine === 'dm-ingestion-dispatcher').flatMap(({ input }) => input as { compute_target: string }[]).map(({ compute_target: target }) => target);
      expect(new Set(targets)).toEqual(new Set(['lambda', 'ecs']));
      expect(new Set(executions.filter(({ status }) => status === 'FAILED').map(({ machine }) => machine))).toEqual(new Set(failing));
      expect(deadLetters).toEqual([]);
    });

    it('no e-mail address stands anywhere but in raw', async () => {
      expect(await leakedAddresses(moto(), aws!, await mkdtemp(join(folder, 'text-')))).toEqual([]);
    });
  });

  describe('the calls of both', () => {
    it.each(Object.entries(unusedPermissions))('%s is allowed all that was asked for in its name, and nothing else without a reason', (role, excused) => {
      const { missing, unused, idleReasons } = judgeRole(readAssembly(assembly), role, calls, excused);
      expect({ missing, unused, idleReasons }).toEqual({ missing: [], unused: [], idleReasons: [] });
    });
  });
});

/** The addresses of the story that can be read in objects outside of raw, in control records, logs or alerts. */
async function leakedAddresses(moto: Moto, { lake, buckets, records }: AwsShell, folder: string): Promise<string[]> {
  const profiles = beerStory.flatMap(({ deliveries }) => deliveries).filter(({ key }) => key.startsWith('raw/profile/'));
  const sent = [...profiles.map(({ body }) => gunzipSync(body)), ...beerStory.flatMap(({ changes, events }) => [...changes.map(({ data }) => data), ...events])];
  const addresses = [...new Set(sent.flatMap((each) => each.toString().match(/[\w.]+@example\.\w+/g) ?? []))];
  const texts = new Map([
    ...(await readStoredText(moto.config, buckets.stage, folder, 'raw/')),
    ...(await readStoredText(moto.config, buckets.datalake, folder)),
    ['control records', JSON.stringify(await records())],
    ['logs', lake.logs()],
  ]);
  const kinds = ['quarantine/', 'bronze/profile/', 'silver/profile/data/', 'plans/', 'logs'];
  const absent = kinds.filter((kind) => ![...texts].some(([key, text]) => key.startsWith(kind) && text.length > 0));
  if (addresses.length < 20 || absent.length > 0) throw new Error(`found ${addresses.length} addresses and nothing of ${absent.join(', ')}; expected 20 and some of each`);
  return [...texts].flatMap(([key, text]) => addresses.filter((address) => text.includes(address)).map((address) => `${address} in ${key}`));
}
