import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { homeLayout, openSqliteStreamReader, openStreamDatabase } from '@data-master/embedded';
import { startPostgres, type TestPostgres } from '@data-master/replication/testing';
import { runNode, startNode } from '../harness/child-process.ts';
import type { Figure } from '../harness/figure.ts';
import { spreadOf } from '../harness/statistics.ts';
import type { BronzeArrival } from '../programs/keep-lake-up.ts';
import { rows, seconds, type Measure, type MeasurementContext } from './context.ts';

const programOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const programs = {
  agent: programOf('../../../replication-agent/src/main.ts'), delivery: programOf('../../../cli/src/sources/delivery-program.ts'), lake: programOf('../programs/keep-lake-up.ts'),
};
const changesPerSecond = 1_000;
const pollMs = 20;

/** What the parts work on. */
interface Setting {
  postgres: TestPostgres;
  agent: Record<string, string>;
  lake: Record<string, string>;
  stream: string;
}

/** A PostgreSQL into a lake: its load, a long backlog with a long transaction, and steady changes until they are in bronze. */
export const measureReplication: Measure = async (context) => {
  const { folder, say, sizes } = context;
  const postgres = await startPostgres({ shared_buffers: '256MB', max_wal_size: '4GB' });
  try {
    const { user, password, host, port, database } = postgres.connection;
    const home = join(folder, 'home');
    const setting: Setting = {
      postgres, stream: homeLayout(home).stream, agent: { DM_SOURCE_URL: `postgres://${user}:${password}@${host}:${port}/${database}`, DM_TARGET: `stream:${home}` },
      lake: { DM_HOME: home, DM_KEYS: join(folder, 'keys') },
    };
    say(`replication: ${rows(sizes.reviews)} reviews into a PostgreSQL`);
    await postgres.run(`CREATE SCHEMA dm_core; CREATE TABLE dm_core.review (review_id bigint PRIMARY KEY, brewery_id bigint NOT NULL, beer_id bigint NOT NULL, profile_id bigint NOT NULL,
      review_overall numeric, review_aroma numeric, review_appearance numeric, review_palate numeric, review_taste numeric, review_time bigint NOT NULL);
      INSERT INTO dm_core.review SELECT i, i % 5000, i % 60000, i % 30000, 1 + i % 9 / 2.0, 1 + i % 8 / 2.0, 1 + i % 7 / 2.0, 1 + i % 9 / 2.0, 1 + i % 5 / 2.0, 1000000000 + i FROM generate_series(1, ${sizes.reviews}) AS i`);
    await postgres.run('VACUUM ANALYZE dm_core.review');
    return [...await measureLoad(setting, context), ...await measureBacklog(setting, context), ...await measureDelay(setting, context)];
  } finally {
    await postgres.remove();
  }
};

async function measureLoad({ agent }: Setting, { sizes, target, say }: MeasurementContext): Promise<Figure[]> {
  say('replication: full load');
  const load = await runNode(programs.agent, ['--once'], agent);
  return [
    { id: 'replication.loadRate', what: 'full load of a PostgreSQL to raw', unit: '/s', value: (sizes.reviews / load.wallMs) * 1_000, ...target(150_000), atLeast: true, note: `${rows(sizes.reviews)} rows in ${seconds(load.wallMs)} with the start of the agent, ${seconds(load.cpuMs)} of its processor time` },
    { id: 'replication.loadPeakRss', what: 'full load, peak memory of the agent', unit: 'MB', value: load.peakRssMb, ...target(300), note: 'of the same run' },
  ];
}

async function measureBacklog({ postgres, agent, lake, stream }: Setting, { sizes: { reviews, backlogChanges }, target, say }: MeasurementContext): Promise<Figure[]> {
  say(`replication: ${rows(backlogChanges)} changes that wait`);
  const half = backlogChanges / 2;
  await postgres.run(`UPDATE dm_core.review SET review_overall = 2 WHERE review_id <= ${half}`);
  for (let made = 0; made < half;) made += await postgres.rows(`UPDATE dm_core.review SET review_aroma = 2.5 WHERE review_id > ${made % reviews} AND review_id <= ${(made % reviews) + Math.min(10_000, half - made)} RETURNING 1`).then(({ length }) => length);
  const started = performance.now();
  const running = { agent: startNode(programs.agent, agent), delivery: startNode(programs.delivery, lake) };
  await confirmed(postgres);
  await delivered(stream);
  const tookMs = performance.now() - started;
  const [agentUsage, deliveryUsage] = [await running.agent.stop(), await running.delivery.stop()];
  return [
    { id: 'replication.changeRate', what: 'changes of a PostgreSQL through the stream to raw', unit: '/s', value: (backlogChanges / tookMs) * 1_000, ...target(30_000), atLeast: true, note: `${rows(backlogChanges)} changes, half of them in one transaction, in ${seconds(tookMs)} with the start of agent and delivery` },
    { id: 'replication.agentPeakRss', what: 'changes, peak memory of the agent', unit: 'MB', value: agentUsage.peakRssMb, ...target(300), note: `of the same run, ${seconds(agentUsage.cpuMs)} of processor` },
    { id: 'replication.deliveryPeakRss', what: 'changes, peak memory of the delivery', unit: 'MB', value: deliveryUsage.peakRssMb, ...target(300), note: `of the same run, ${seconds(deliveryUsage.cpuMs)} of processor` },
  ];
}

/** What came to raw before is taken into bronze first; silver and gold are refined by it while the changes come. */
async function measureDelay({ postgres, agent, lake }: Setting, { sizes: { reviews, backlogChanges, steadySeconds }, target, say }: MeasurementContext): Promise<Figure[]> {
  say(`replication: ${rows(changesPerSecond)} changes a second for ${steadySeconds} s, while the lake refines what came before`);
  const perCommit = changesPerSecond / 10;
  const wanted = changesPerSecond * steadySeconds;
  await postgres.run(`CREATE TABLE dm_core.brewery (brewery_id bigint PRIMARY KEY, brewery_name text NOT NULL); INSERT INTO dm_core.brewery SELECT i, 'brewery' FROM generate_series(1, ${perCommit}) AS i`);
  const running = [startNode(programs.agent, agent), startNode(programs.delivery, lake), startNode(programs.lake, lake)] as const;
  const arrivals = running[2].lines[Symbol.asyncIterator]();
  const nextArrival = async (): Promise<BronzeArrival> => {
    const { value, done } = (await arrivals.next()) as IteratorResult<string, undefined>;
    if (done) throw new Error('the lake ended before all changes were in bronze; expected it to stay up');
    return JSON.parse(value) as BronzeArrival;
  };
  for (let before = reviews + backlogChanges + perCommit; before > 0;) before -= (await nextArrival()).rows;

  const commits: { changes: number; atMs: number }[] = [];
  const client = await postgres.client();
  const writing = (async () => {
    for (let nextMs = Date.now(), changes = 0; changes < wanted; nextMs += 100) {
      await client.query(`UPDATE dm_core.brewery SET brewery_name = 'brewery ${changes}'`);
      commits.push({ changes: (changes += perCommit), atMs: Date.now() });
      await delay(Math.max(0, nextMs - Date.now()));
    }
    await client.end();
  })();
  const delays: number[] = [];
  for (let arrived = 0; arrived < wanted;) {
    const { rows: more, atMs } = await nextArrival();
    arrived += more;
    while ((commits[delays.length]?.changes ?? Infinity) <= arrived) delays.push((atMs - commits[delays.length]!.atMs) / 1_000);
  }
  await writing;
  const [, , lakeUsage] = await Promise.all(running.map((program) => program.stop()));
  const spread = spreadOf(delays);
  const ninetyFifth = delays.toSorted((a, b) => a - b)[Math.floor(delays.length * 0.95)]!;
  return [{
    id: 'replication.bronzeDelay', what: 'from COMMIT to bronze, 95 of 100 commits', unit: 's', value: ninetyFifth, ...target(3),
    note: `${rows(changesPerSecond)} changes a second for ${steadySeconds} s while silver and gold are refined; median ${spread.median.toFixed(2)} s, longest ${spread.max.toFixed(2)} s; the lake had ${lakeUsage!.peakRssMb.toFixed(0)} MB at most`,
  }];
}

/** Returns when the slot has let go of all that is in the log now. */
async function confirmed(postgres: TestPostgres): Promise<void> {
  const [end] = await postgres.rows('SELECT pg_current_wal_lsn() AS lsn');
  while ((await postgres.rows(`SELECT FROM pg_replication_slots WHERE confirmed_flush_lsn >= '${String(end?.['lsn'])}'`)).length === 0) await delay(pollMs);
}

/** Returns when nothing is left in the stream. */
async function delivered(path: string): Promise<void> {
  const database = await openStreamDatabase(path);
  const reader = await openSqliteStreamReader(database, 'delivery');
  while ((await reader.backlog()).records > 0) await delay(pollMs);
  database.close();
}
