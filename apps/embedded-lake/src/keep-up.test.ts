import { describe, expect, test } from '@jest/globals';
import { beerLake } from '@data-master/beer-lake';
import { formatEnvelope, type ChangeEvent } from '@data-master/change-events';
import { createSqliteChangeStream, openStreamDatabase } from '@data-master/embedded';
import { createSystemClock } from '@data-master/runtime';
import { lakeLayout, readEmbeddedConfig } from './config.ts';
import { createEmbeddedLake } from './embedded-lake.ts';
import { silentObserver, type LakeObserver } from './observer.ts';
import { batchKey, gzipped } from './testing/sample-input.ts';
import { inTemporaryHome, withLake, type TemporaryHome } from './testing/temporary-home.ts';
import { wire } from './wire.ts';

/** An observer whose promises settle when a step ends. */
function watchSteps() {
  const ended: string[] = [];
  const waiting = new Map<string, () => void>();
  const observer: LakeObserver = { ...silentObserver, finished(stage, table, outcome) {
    const step = `${outcome} ${stage} ${table}`;
    ended.push(step);
    waiting.get(step)?.();
  } };
  const until = (step: string): Promise<void> => new Promise((resolve) => (ended.includes(step) ? resolve() : waiting.set(step, resolve)));
  return { observer, ended, until };
}

const change = (tableName: string, n: number, data: object, more: Partial<ChangeEvent> = {}): string => formatEnvelope({
  kind: 'data', operation: 'insert', schemaName: 'dm_core', tableName, timestamp: '2026-01-01T00:00:00.000000Z', commitTimestamp: `2026-01-01T00:00:${String(n).padStart(2, '0')}.000000Z`,
  streamPosition: String(n).padStart(20, '0'), data: JSON.stringify(data), ...more,
});

async function append({ environment }: TemporaryHome, envelopes: readonly string[]): Promise<void> {
  const database = await openStreamDatabase(lakeLayout(await readEmbeddedConfig(environment)).stream);
  await createSqliteChangeStream(database, createSystemClock()).append(envelopes.map((text) => ({ partitionKey: 'dm_core', data: Buffer.from(text) })));
  database.close();
}

describe('a lake that is kept up', () => {
  test('takes what arrives to bronze while silver is being refined', async () => {
    await inTemporaryHome(async ({ environment }) => {
      const wired = await wire(await readEmbeddedConfig(environment), beerLake);
      const { apply } = wired.ports;
      const refining = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      const engine: typeof apply.engine = { ...apply.engine, async apply(plan) {
        refining.resolve();
        await gate.promise;
        return apply.engine.apply(plan);
      } };
      const lake = await createEmbeddedLake({ ...wired, ports: { ...wired.ports, apply: { ...apply, engine } } });
      const { observer, until, ended } = watchSteps();
      const stop = new AbortController();
      const up = lake.keepUp({ observer, signal: stop.signal });
      await lake.deliver(batchKey('brewery', 1), gzipped('brewery_id,brewery_name\n1,First\n'));
      await refining.promise;
      await lake.deliver(batchKey('beer', 1), gzipped('beer_id,brewery_id,beer_name,beer_style,beer_abv\n1,1,Alt,Altbier,4.5\n'));
      await until('success bronze beer');
      expect(await lake.query('SELECT beer_name FROM bronze.beer')).toEqual([{ beer_name: 'Alt' }]);
      expect(ended).not.toContain('refined silver brewery');
      gate.resolve();
      await until('refined silver brewery');
      stop.abort();
      await up;
      await lake.close();
    });
  }, 60_000);

  test('brings the changes of its stream to silver, and knows what is not delivered', async () => {
    await inTemporaryHome(async (home) => {
      await withLake(home, async (lake) => expect((await lake.state()).stream).toBeUndefined());
      await append(home, [
        change('brewery', 1, { brewery_id: 1, brewery_name: 'First' }), change('brewery', 3, { brewery_id: 1, brewery_name: 'Renamed' }, { operation: 'update' }),
        change('brewery', 2, { brewery_id: 2, brewery_name: 'Second' }), change('brewery', 4, { brewery_id: 2 }, { operation: 'delete' }), 'no envelope', change('wine', 5, {}),
      ]);
      await withLake(home, async (lake) => {
        expect((await lake.state()).stream).toMatchObject({ records: 6, oldestAt: expect.any(Date) });
        const { observer, until } = watchSteps();
        const stop = new AbortController();
        const work = [lake.keepUp({ observer, signal: stop.signal }), lake.deliverChanges({ signal: stop.signal })];
        await until('refined silver brewery');
        stop.abort();
        await Promise.all(work);
        expect(await lake.query('SELECT brewery_name FROM silver.brewery WHERE deleted_at IS NULL')).toEqual([{ brewery_name: 'Renamed' }]);
        expect((await lake.state()).stream).toEqual({ records: 0, bytes: 0 });
        expect(await lake.failures()).toEqual([]);
      });
    });
  }, 60_000);

  test('ends with the error that kept one of its loops from working', async () => {
    await inTemporaryHome(async ({ environment }) => {
      const wired = await wire(await readEmbeddedConfig(environment), beerLake);
      const lake = await createEmbeddedLake({ ...wired, schedules: { ...wired.schedules, due: () => Promise.reject(new Error('no schedules')) } });
      await expect(lake.keepUp({ signal: new AbortController().signal })).rejects.toThrow('no schedules');
      await lake.close();
    });
  }, 60_000);
});
