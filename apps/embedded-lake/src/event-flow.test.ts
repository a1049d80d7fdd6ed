import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, test } from '@jest/globals';
import { maxEventBytes, type QuarantinedEvent } from '@data-master/events';
import { runLakeProgram, type Kill } from './testing/lake-process.ts';
import { postedReview, readOwnSchemas, sendLines } from './testing/sample-events.ts';
import { inTemporaryHome, withLake } from './testing/temporary-home.ts';
import type { EmbeddedLake } from './index.ts';

const rows = (lake: EmbeddedLake, sql: string) => lake.query(sql);

/** Violated rules of all quarantined events, by where they are. */
async function violationsOf(lake: EmbeddedLake): Promise<string[]> {
  const folder = join(lake.home, 'dm-stage/quarantine/events');
  const files = await Promise.all((await readdir(folder)).map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as QuarantinedEvent));
  return files.flatMap(({ violations }) => violations.map(({ path, rule }) => `${path || 'event'} ${rule}`)).sort();
}

describe('events', () => {
  it('of every version become rows, their values taken from inside the record and personal ones treated', () => inTemporaryHome((home) => withLake(home, async (lake) => {
    await lake.events.publishSchemas(readOwnSchemas());
    await sendLines(lake, [postedReview(1), postedReview(2, { review: { ...(postedReview(2)['review'] as object), serving: 'ask jane.doe@example.com' } })]);
    await lake.drain();
    expect(await rows(lake, 'SELECT event_id[-1:] AS id, version, occurred_at::TIMESTAMPTZ::VARCHAR AS at, channel, review_id, review_overall::VARCHAR AS overall, review_aroma, serving FROM silver.review_posted ORDER BY 1')).toEqual([
      { id: '1', version: 1n, at: expect.stringContaining(':00:00.001'), channel: null, review_id: 2n, overall: '0.5', review_aroma: null, serving: null },
      { id: '2', version: 2n, at: expect.stringContaining(':00:00.002'), channel: 'web', review_id: 3n, overall: '1.0', review_aroma: null, serving: 'ask <email>' },
    ]);
    expect(await rows(lake, `SELECT serving FROM bronze.review_posted WHERE serving IS NOT NULL`)).toEqual([{ serving: 'ask <email>' }]);
    expect((await lake.state()).events).toEqual({ waiting: 0, dead: 0, quarantined: 0 });
  })));

  it('that are invalid are in quarantine with every rule, and on the dead-letter queue, once', () => inTemporaryHome((home) => withLake(home, async (lake) => {
    await lake.events.publishSchemas(readOwnSchemas());
    const bad = ['{"event":"brewed","version":1}', postedReview(1, { version: 9 }), postedReview(2, { author: 'a', occurred_at: 'now' }), '{', `"${'x'.repeat(10 * maxEventBytes)}"`];
    for (let turn = 0; turn < 2; turn++) {
      await sendLines(lake, [...bad, postedReview(3)]);
      await lake.drain();
    }
    expect(await violationsOf(lake)).toEqual(['/author additionalProperties', '/event event', '/occurred_at format', '/version version', 'event size', 'event syntax']);
    expect((await lake.state()).events).toEqual({ waiting: 0, dead: 5, quarantined: 5 });
    expect(await rows(lake, 'SELECT count(*) AS n FROM silver.review_posted')).toEqual([{ n: 1n }]);
  })));

  it('are taken by a lake that keeps up, whoever sends them', () => inTemporaryHome(async (home) => {
    const stop = new AbortController();
    await withLake(home, async (lake) => {
      await lake.events.publishSchemas(readOwnSchemas());
      const arrived = Promise.withResolvers<void>();
      const kept = lake.keepUp({ signal: stop.signal, observer: { started: () => undefined, progressed: () => undefined, finished: (stage) => void (stage === 'silver' && arrived.resolve()) } });
      await withLake(home, (sender) => sendLines(sender, [postedReview(1), postedReview(3)]));
      await Promise.race([arrived.promise, kept]);
      stop.abort();
      await kept;
      expect(await rows(lake, 'SELECT count(*) AS n FROM silver.review_posted')).toEqual([{ n: 2n }]);
    });
  }));

  it('of a type that is delivered as JSON become the same rows', () => inTemporaryHome((home) => withLake(home, async (lake) => {
    const own = readOwnSchemas();
    await lake.events.publishSchemas([...own, { event: 'review_posted', version: 3, schema: { ...(own[1]!.schema as object), 'x-delivery': 'json' } }]);
    await sendLines(lake, [postedReview(2), postedReview(4, { version: 3 })]);
    await lake.drain();
    expect(await rows(lake, 'SELECT version, channel, review_id, serving FROM silver.review_posted ORDER BY 1')).toEqual([
      { version: 2n, channel: 'web', review_id: 3n, serving: null }, { version: 3n, channel: 'web', review_id: 5n, serving: 'tap' },
    ]);
  })));
});

describe('a process that is killed while it moves events', () => {
  const kills: [string, Kill[]][] = [
    ['after any commit', [8, 10, 12, 14, 16, 18, 21, 24, 27, 33].map((commit) => ({ commit }))],
    ['before any commit, when all else of the step is done', [9, 11, 13, 15, 17, 20, 23, 26, 30, 36].map((before) => ({ before }))],
  ];
  test.each(kills)('%s loses no event and doubles none', (_title, each) => inTemporaryHome(async (home) => {
    for (const kill of each) expect(await runLakeProgram(home, kill, 'event-program')).toMatchObject({ signal: 'SIGKILL', errors: '' });
    expect(await runLakeProgram(home, undefined, 'event-program')).toMatchObject({ code: 0, errors: '' });
    await withLake(home, async (lake) => {
      expect(await rows(lake, 'SELECT count(*) AS n, count(DISTINCT event_id) AS events, sum(review_id)::BIGINT AS sum FROM silver.review_posted')).toEqual([{ n: 1176n, events: 1176n, sum: expectedSum }]);
      expect((await lake.state()).events).toEqual({ waiting: 0, dead: 24, quarantined: 24 });
      expect((await lake.state()).control).toMatchObject({ pending: 0, running: 0, error: 0 });
    });
  }), 240_000);
  const expectedSum = BigInt(Array.from({ length: 1200 }, (_none, n) => (n % 400 % 50 === 49 ? 0 : n + 1)).reduce((sum, n) => sum + n, 0));
});
