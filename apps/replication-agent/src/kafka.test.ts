import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { beerLake } from '@data-master/beer-lake';
import { formatEnvelope } from '@data-master/change-events';
import { openEmbeddedLake } from '@data-master/embedded-lake';
import type { TestKafka } from '@data-master/replication/testing';
import { describeKafka } from '@data-master/replication/testing/kafka';
import { startProgram, type ProgramProcess } from './testing/program-process.ts';

const changeCount = 30_000;
/** After how many changes what is killed. */
const kills: [afterChanges: number, what: 'agent' | 'broker' | 'both'][] = [[2_000, 'agent'], [6_000, 'broker'], [11_000, 'agent'], [17_000, 'both'], [26_000, 'agent']];
const topics = { review: 'shop.dm_core.review', beer: 'shop.dm_core.beer', brewery: 'shop.dm_core.brewery' } as const;
type Table = keyof typeof topics;
type Row = Record<string, string | number | null>;

/** A table of each form in which a topic tells changes: documents, events of Debezium, envelopes. */
const forms: Record<Table, (key: number, row: Row | undefined, before: Row | undefined, at: Date) => string | undefined> = {
  review: (_key, row) => row && JSON.stringify(row),
  beer: (_key, row, before, at) => JSON.stringify({ op: row ? (before ? 'u' : 'c') : 'd', before: before ?? null, after: row ?? null, source: { schema: 'dm_core', table: 'beer', ts_ms: at.getTime() } }),
  brewery: (key, row, before, at) => formatEnvelope({
    kind: 'data', operation: row ? (before ? 'update' : 'insert') : 'delete', schemaName: 'dm_core', tableName: 'brewery', timestamp: at.toISOString(), data: JSON.stringify(row ?? { brewery_id: key }),
  }),
};
const rows: Record<Table, (key: number, random: (limit: number) => number) => Row> = {
  review: (key, random) => ({ review_id: key, brewery_id: 1 + random(50), beer_id: 1 + random(300), profile_id: 1 + random(9), review_overall: random(10) / 2, review_aroma: null, review_appearance: 2.5, review_palate: random(5), review_taste: 4.5, review_time: 1_300_000_000 + random(10_000_000) }),
  beer: (key, random) => ({ beer_id: key, brewery_id: 1 + random(50), beer_name: `beer, "${random(1000)}"\n`, beer_style: 'Altbier', beer_abv: random(3) ? random(99) / 10 : null }),
  brewery: (key, random) => ({ brewery_id: key, brewery_name: `again ${random(1000)}` }),
};

/** A random history in topics, and what it ends in. */
function createHistory({ producer }: TestKafka, seed: number) {
  const present: Record<Table, Map<number, Row>> = { review: new Map(), beer: new Map(), brewery: new Map() };
  let state = seed;
  let count = 0;
  const random = (limit: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * limit);
  };
  const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
  const change = (): { topic: string; key: Buffer; value: Buffer } => {
    const table = (['review', 'review', 'beer', 'brewery'] as const)[random(4)]!;
    const key = 1 + random(400);
    const before = present[table].get(key);
    const row = before && random(3) === 0 ? undefined : rows[table](key, random);
    if (row) present[table].set(key, row);
    else present[table].delete(key);
    const value = forms[table](key, row, before, new Date(1_700_000_000_000 + random(1_000_000)));
    return { topic: topics[table], key: Buffer.from(JSON.stringify({ [`${table}_id`]: key })), value: (value === undefined ? undefined : Buffer.from(value)) as Buffer };
  };
  return {
    present,
    /** Sends changes until so many were made; a batch that was interrupted is sent again. */
    async run(untilChanges: number): Promise<void> {
      while (count < untilChanges) {
        const messages = Array.from({ length: Math.min(1 + random(400), untilChanges - count) }, change);
        const compression = compressions[random(compressions.length)]!;
        while (!(await producer.send({ messages, compression }).then(() => true, () => false))) await delay(50);
        count += messages.length;
      }
    },
  };
}

describeKafka('a Kafka', (kafka) => {
  it(`fills a lake that holds what ${changeCount} changes in many partitions end in, though agent and broker were killed again and again`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dm-kafka-lake-'));
    try {
      for (const topic of Object.values(topics)) await kafka().createTopic(topic);
      const settings = join(folder, 'settings.json');
      await writeFile(settings, JSON.stringify({ ErrorBehavior: { RecoverableErrorInterval: 0.05, RecoverableErrorThrottlingMax: 0.5 }, ChangeProcessingTuning: { CommitTimeout: 0.02 } }));
      const environment = { DM_SOURCE_URL: `kafka://${kafka().broker}/shop.*`, DM_TARGET: join(folder, 'home', 'dm-stage'), DM_TASK_SETTINGS: settings };
      let agent: ProgramProcess = startProgram('agent', environment);
      const history = createHistory(kafka(), 11);
      for (const [afterChanges, what] of kills) {
        const before = await positionIn(environment.DM_TARGET);
        await history.run(afterChanges);
        while ((await positionIn(environment.DM_TARGET)) === before) await delay(20);
        const killBroker = async (): Promise<void> => {
          await kafka().kill();
          await kafka().start();
        };
        const killAgent = async (): Promise<void> => {
          expect(await agent.end('SIGKILL')).toBe(null);
          agent = startProgram('agent', environment);
        };
        await Promise.all([history.run(afterChanges + 500), ...(what === 'agent' ? [] : [killBroker()]), ...(what === 'broker' ? [] : [killAgent()])]);
      }
      await history.run(changeCount);
      while (!(await isRead(kafka(), environment.DM_TARGET))) await delay(100);
      expect({ code: await agent.end('SIGTERM'), errors: agent.errors() }).toEqual({ code: 0, errors: '' });

      const lake = await openEmbeddedLake(beerLake, { DM_HOME: join(folder, 'home'), DM_KEYS: join(folder, 'keys'), DM_THREADS: '2', DM_MEMORY_MB: '512' });
      try {
        await lake.discover();
        await lake.process('silver');
        expect((await lake.failures()).map(({ object_key: key, error_message: error }) => ({ key, error }))).toEqual([]);
        for (const [table, present] of Object.entries(history.present)) {
          const file = join(folder, `${table}.json`);
          await writeFile(file, [...present.values()].map((row) => JSON.stringify(row)).join('\n'));
          const names = Object.keys(rows[table as Table](1, () => 0));
          const inSilver = `SELECT ${names.join(', ')} FROM silver.${table} WHERE deleted_at IS NULL`;
          const inSource = `SELECT ${names.join(', ')} FROM read_json('${file}', format = 'newline_delimited')`;
          const difference = await lake.query(`(SELECT 'only in silver' AS side, * FROM (${inSilver} EXCEPT ALL ${inSource})) UNION ALL (SELECT 'only in source' AS side, * FROM (${inSource} EXCEPT ALL ${inSilver})) LIMIT 5`);
          expect({ table, difference }).toEqual({ table, difference: [] });
          expect(present.size).toBeGreaterThan(100);
        }
      } finally {
        await lake.close();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 300_000);
});

/** Whether an agent with this stage has brought all that the topics hold. */
async function isRead({ admin }: TestKafka, stage: string): Promise<boolean> {
  const partitions = Object.values(topics).map((name) => ({ name, partitions: [0, 1, 2].map((partitionIndex) => ({ partitionIndex, timestamp: -1n })) }));
  const ends = await admin.listOffsets({ topics: partitions });
  const read = JSON.parse(await positionIn(stage)) as Record<string, { partitions: [offset: string, micros: string][] }>;
  return ends.every(({ name, partitions: own }) => own.every(({ partitionIndex, offset }) => read[name]?.partitions[partitionIndex]?.[0] === String(offset)));
}

/** How far the state of an agent with this stage is. */
async function positionIn(stage: string): Promise<string> {
  const state = await readFile(join(stage, 'replication/core/state.json'), 'utf8').catch(() => '{"position":"{}"}');
  return (JSON.parse(state) as { position: string }).position;
}
