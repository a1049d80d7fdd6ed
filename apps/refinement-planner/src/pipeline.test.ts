import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { GlueClient } from '@aws-sdk/client-glue';
import { createGlueClient } from '@data-master/aws/glue';
import { createS3IcebergFileIO } from '@data-master/aws/iceberg';
import { describeWithMoto, makeLakeResources, startLambda, startTask, type LakeResources, type LambdaProcess } from '@data-master/aws/testing';
import { beerLake, review } from '@data-master/beer-lake';
import { generateChanges, generateReviewRows, generateSampleCsv, planReviewMonths, sampleReviewOptions, toCsv } from '@data-master/beer-sample';
import { createDuckDbEngine } from '@data-master/duckdb';
import { openEmbeddedLake, type EmbeddedLake } from '@data-master/embedded-lake';
import { formatRawKey } from '@data-master/medallion-paths';
import type { QueryEngine, SqlRow } from '@data-master/ports';
import { createGlueLakeTables, type PlannedRun, type SettledRun } from '@data-master/refinement';
import { createRandomIds, createSystemClock } from '@data-master/runtime';
import { lakeTables } from '@data-master/table-contracts';
import { createMemoryLogger } from '@data-master/testing';

const workspace = join(import.meta.dirname, '../../..');
const runFile = promisify(execFile);
const options = { seed: 7, reviews: 12_000, breweries: 6, beers: 30, profiles: 40, openbreweries: 25 };
const reviews = sampleReviewOptions(options);
const months = planReviewMonths(options.reviews);
const [earlier, later] = [months.at(-2)!, months.at(-1)!];
const textFrom = (chunks: Iterable<string>): string => [...chunks].join('');

/** Raw objects by key: a load of every table, later changes of reviews and of an account. */
function makeInput(): [load: Record<string, string>, changes: Record<string, string>] {
  const { brewery, beer, profile, openbrewery } = generateSampleCsv({ ...options, reviews: 0 });
  const recent = [...generateReviewRows(reviews)].filter(({ review_id: id }) => id > BigInt(earlier.from));
  const keyOf = (table: string, minute: number): string => formatRawKey({ table, way: 'batch', prefix: 'dm', at: new Date(Date.UTC(2013, 0, 1, 0, minute)), uuid: `00000000-0000-4000-8000-${String(minute).padStart(12, '0')}` });
  return [
    { [keyOf('brewery', 1)]: textFrom(brewery), [keyOf('beer', 2)]: textFrom(beer), [keyOf('profile', 3)]: textFrom(profile), [keyOf('openbrewery', 4)]: textFrom(openbrewery), [keyOf('review', 5)]: textFrom(toCsv(review, recent)) },
    {
      [keyOf('review', 6)]: textFrom(generateChanges({ seed: 11, count: 40, reviews, from: later.from, to: later.to })),
      [keyOf('profile', 7)]: `${JSON.stringify({ operation: 'update', profile_id: 1, profile_name: 'renamed', email: 'renamed@example.com', state: 'ZZ' })}\n{"operation":"delete","profile_id":2}\n`,
    },
  ];
}

await describeWithMoto('raw to gold by functions and tasks', (moto) => {
  let folder: string;
  let embedded: EmbeddedLake;
  let lake: LakeResources;
  let environment: Record<string, string>;
  let query: QueryEngine;
  const functions: Record<string, LambdaProcess> = {};
  const cleaning: (() => unknown)[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pipeline-'));
    const keys = join(folder, 'keys');
    embedded = await openEmbeddedLake(beerLake, { DM_HOME: join(folder, 'home'), DM_KEYS: keys, DM_THREADS: '2', DM_MEMORY_MB: '256', DM_INGEST_MEMORY_MB: '128' });
    const [keyFile] = await readdir(keys);
    lake = await makeLakeResources(moto(), (clean) => cleaning.push(clean), { key: await readFile(join(keys, keyFile!)) });
    // What is deployed runs here: the bundles, with the packages of the layer found by NODE_PATH.
    environment = { ...lake.environment, NODE_PATH: join(workspace, 'node_modules') };
    for (const name of ['processing-controller', 'bronze-ingestor-lite', 'refinement-planner', 'silver-worker', 'gold-worker']) {
      await runFile(process.execPath, [join(workspace, 'tools/bundle.mjs'), name, '--dist', folder], { env: {} });
      if (!name.endsWith('-worker')) functions[name] = startLambda(join(folder, 'lambda', name, 'handler.mjs'), environment);
    }
    query = await createDuckDbEngine({ memoryLimitMb: 256, threads: 2, spillFolder: join(folder, 'spill') });
  }, 180_000);
  afterAll(async () => {
    await Promise.all(Object.values(functions).map((each) => each.close()));
    await Promise.all([embedded?.close(), query?.close()]);
    for (const clean of cleaning) await clean();
    await rm(folder, { recursive: true, force: true });
  });

  const invoke = <Result>(name: string, event: unknown): Promise<Result> => functions[name]!.invoke(event) as Promise<Result>;

  /** Puts raw objects and does what rule, pipe and the ingestion machine do about them. */
  async function ingest(input: Record<string, string>): Promise<void> {
    for (const [key, text] of Object.entries(input)) {
      await lake.stage.write(key, gzipSync(text));
      const detail = { bucket: { name: lake.environment['DM_STAGE_BUCKET'] }, object: { key } };
      const { control_id: id } = await invoke<{ control_id: string }>('processing-controller', { source: 'aws.s3', 'detail-type': 'Object Created', detail });
      expect(await invoke('bronze-ingestor-lite', { control_id: id })).toMatchObject({ outcome: 'success' });
    }
  }

  /** Does what the machine of a layer does. */
  async function refine(layer: 'silver' | 'gold'): Promise<void> {
    const { waves } = await invoke<{ waves: string[][] }>('refinement-planner', { operation: 'list', layer, input: {} });
    for (const wave of waves) await Promise.all(wave.map((table) => refineTable(layer, table)));
  }

  async function refineTable(layer: 'silver' | 'gold', table: string): Promise<void> {
    for (;;) {
      const run = await invoke<PlannedRun>('refinement-planner', { operation: 'plan', layer, table, worker: 'execution-1' });
      if (run.engine === 'none') return;
      expect(run).toMatchObject({ engine: 'duckdb', plan_uri: `s3://${lake.environment['DM_DATALAKE_BUCKET']}/${run.plan_key}` });
      const task = startTask(join(folder, 'task', `${layer}-worker`, 'main.mjs'), { ...environment, DM_PLAN_KEY: run.plan_key! });
      expect(await task.ended).toMatchObject({ code: 0, said: '' });
      expect(await invoke<SettledRun>('refinement-planner', { operation: 'settle', plan_key: run.plan_key })).toEqual({ outcome: 'refined', error: null });
    }
  }

  const textOf = (rows: SqlRow[]): string[] => rows.map((row) => JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))).sort();

  /** Every row of every silver and gold table. */
  async function readCloud(): Promise<Record<string, string[]>> {
    const client = new GlueClient({ ...moto().config });
    cleaning.push(() => client.destroy());
    const bucket = lake.environment['DM_DATALAKE_BUCKET']!;
    const tables = createGlueLakeTables({
      client: createGlueClient({ client }), io: createS3IcebergFileIO({ store: lake.datalake, bucket, cacheFolder: join(folder, 'cache') }),
      databasePrefix: lake.environment['DM_DATABASE_PREFIX']!, datalakeUri: `s3://${bucket}`, clock: createSystemClock(), ids: createRandomIds(), logger: createMemoryLogger(),
    });
    const content: Record<string, string[]> = {};
    for (const table of lakeTables(beerLake)) {
      content[`${table.layer}.${table.name}`] = await query.session(async (session) => textOf(await session.rows((await (await tables.open(table, session)).scan()).sql)));
    }
    return content;
  }

  async function readEmbedded(): Promise<Record<string, string[]>> {
    const content: Record<string, string[]> = {};
    for (const { layer, name } of lakeTables(beerLake)) content[`${layer}.${name}`] = textOf(await embedded.query(`SELECT * FROM ${layer}.${name}`));
    return content;
  }

  it.each(['a load of every table', 'updates, inserts and deletes'])('%s gives the rows of the embedded lake', async (which) => {
    const input = makeInput()[which.startsWith('a load') ? 0 : 1];
    for (const [key, text] of Object.entries(input)) expect(await embedded.deliver(key, () => gzipSync(text))).toBe(true);
    await embedded.drain();
    await ingest(input);
    for (const layer of ['silver', 'gold'] as const) await refine(layer);

    const [cloud, home] = [await readCloud(), await readEmbedded()];
    expect(Object.entries(home).flatMap(([table, rows]) => (rows.length > 0 ? [] : [table]))).toEqual(['silver.review_posted']);
    expect(cloud).toEqual(home);
    for (const status of ['pending', 'running', 'error'] as const) for await (const record of lake.control.query({ status })) throw new Error(`${record.control_id} is ${status}`);
  }, 300_000);

  it('plans nothing when everything is refined', async () => {
    expect(await invoke('refinement-planner', { operation: 'plan', layer: 'silver', table: 'review', worker: 'execution-2' })).toMatchObject({ engine: 'none', plan_key: null });
  });
});
