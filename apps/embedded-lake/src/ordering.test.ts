import { describe, expect, test } from '@jest/globals';
import { beerLake } from '@data-master/beer-lake';
import { formatEnvelope, type ChangeEvent } from '@data-master/change-events';
import { deliverChanges } from '@data-master/delivery';
import { createSqliteChangeStream, openStreamDatabase } from '@data-master/embedded';
import { ingestRawObject, registerRawObject } from '@data-master/ingestion';
import { TerminalError } from '@data-master/ports';
import { applyPlannedRun, planTable, settleRun } from '@data-master/refinement';
import { collect, createManualClock } from '@data-master/testing';
import fc from 'fast-check';
import { readEmbeddedConfig } from './config.ts';
import { createEmbeddedLake } from './embedded-lake.ts';
import { history, playHistory } from './testing/source-history.ts';
import { inTemporaryHome, type TemporaryHome } from './testing/temporary-home.ts';
import { wire } from './wire.ts';

const tables = ['brewery', 'beer'] as const;
type Table = (typeof tables)[number];

/** Something that a part of the way from the log to silver does, and where it is killed while it does. */
type Turn =
  | { part: 'agent'; back: number; count: number }
  | { part: 'delivery'; bufferBytes: number; killed: 'no' | 'before its object' | 'after its object' }
  | { part: 'intake'; skip: number; count: number }
  | { part: 'merge'; table: Table; killed: 'no' | 'before the commit' | 'after the commit' };

const turn: fc.Arbitrary<Turn> = fc.oneof(
  fc.record({ part: fc.constant('agent' as const), back: fc.nat({ max: 6 }), count: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ part: fc.constant('delivery' as const), bufferBytes: fc.integer({ min: 1, max: 1_200 }), killed: fc.constantFrom('no', 'no', 'before its object', 'after its object') }),
  fc.record({ part: fc.constant('intake' as const), skip: fc.nat({ max: 3 }), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ part: fc.constant('merge' as const), table: fc.constantFrom(...tables), killed: fc.constantFrom('no', 'no', 'before the commit', 'after the commit') }),
);
const longerThanAnyLeaseMs = 24 * 60 * 60_000;

/** The parts between the log of a source and silver, each of which does one thing when it is told to. */
async function openWay({ environment }: TemporaryHome, events: readonly ChangeEvent[]) {
  const wired = await wire(await readEmbeddedConfig({ ...environment, DM_PARQUET_ENGINE: 'portable' }), beerLake);
  const lake = await createEmbeddedLake(wired);
  const clock = createManualClock(new Date());
  const atClock = <Ports extends object>(ports: Ports) => ({ ...ports, clock });
  const [register, ingest, planner, apply] = [atClock(wired.ports.register), atClock(wired.ports.ingest), atClock(wired.ports.planner), atClock(wired.ports.apply)];
  const streamDatabase = await openStreamDatabase(wired.layout.stream);
  const stream = createSqliteChangeStream(streamDatabase, clock);
  const reader = await wired.readStream();
  const taken = new Set<string>();
  let next = 0;

  return {
    query: (sql: string) => lake.query(sql),
    /** Goes back as one that was killed, then on. */
    async agent(back: number, count: number) {
      const from = Math.max(0, next - back);
      next = Math.min(events.length, next + count);
      await stream.append(events.slice(from, next).map((event) => ({ partitionKey: `${event.tableName}:${event.rowKey}`, data: Buffer.from(formatEnvelope(event)) })));
    },
    async delivery(bufferBytes: number, killed: Extract<Turn, { part: 'delivery' }>['killed']) {
      const store: typeof register.store = { ...register.store, async write(key, body) {
        if (killed === 'before its object') throw new TerminalError(killed);
        return register.store.write(key, body);
      } };
      const announce = async (): Promise<void> => {
        if (killed === 'after its object') throw new TerminalError(killed);
      };
      await deliverChanges({ reader, store, clock, logger: register.logger, announce, wait: wired.wait }, { route: {}, bufferBytes, bufferMs: 0 }, AbortSignal.abort())
        .catch((error: unknown) => expect(error).toMatchObject({ message: killed }));
    },
    /** Takes some raw objects out of their order. */
    async intake(skip: number, count: number) {
      const fresh = (await collect(register.store.list('raw/'))).map(({ key }) => key).filter((key) => !taken.has(key));
      for (const key of [...fresh.slice(skip), ...fresh.slice(0, skip)].slice(0, count)) {
        const { record } = (await registerRawObject(key, register))!;
        if (record.status === 'pending') expect(await ingestRawObject({ controlId: record.control_id, worker: 'test' }, ingest)).toBe('success');
        taken.add(key);
      }
    },
    /** Returns false when nothing is pending. */
    async merge(table: Table, killed: Extract<Turn, { part: 'merge' }>['killed']) {
      const { plan_key: planKey } = await planTable({ layer: 'silver', table, worker: 'test' }, planner);
      if (!planKey) return false;
      if (killed !== 'before the commit') await applyPlannedRun({ planKey }, apply);
      if (killed === 'no') expect(await settleRun({ planKey }, planner)).toMatchObject({ outcome: 'refined' });
      else clock.advance(longerThanAnyLeaseMs);
      return true;
    },
    async close() {
      streamDatabase.close();
      await lake.close();
    },
  };
}

const selects: Record<Table, string> = {
  brewery: 'SELECT brewery_id::INT AS brewery_id, brewery_name FROM silver.brewery WHERE deleted_at IS NULL ORDER BY 1',
  beer: 'SELECT beer_id::INT AS beer_id, brewery_id::INT AS brewery_id, beer_name, beer_style, beer_abv FROM silver.beer WHERE deleted_at IS NULL ORDER BY 1',
};

describe('silver', () => {
  test('holds what the source holds, however its changes are batched, repeated and reordered and wherever a part is killed', async () => {
    await fc.assert(fc.asyncProperty(history, fc.array(turn, { maxLength: 12 }), async (transactions, turns) => inTemporaryHome(async (home) => {
      const { events, rows } = playHistory(transactions);
      const way = await openWay(home, events);
      try {
        for (const each of turns) {
          if (each.part === 'agent') await way.agent(each.back, each.count);
          else if (each.part === 'delivery') await way.delivery(each.bufferBytes, each.killed);
          else if (each.part === 'intake') await way.intake(each.skip, each.count);
          else await way.merge(each.table, each.killed);
        }
        await way.agent(3, Infinity);
        await way.delivery(400, 'no');
        await way.intake(1, Infinity);
        for (const table of tables) {
          while (await way.merge(table, 'no')) continue;
          expect({ table, rows: await way.query(selects[table]) }).toEqual({ table, rows: rows[table] });
        }
      } finally {
        await way.close();
      }
    })), { numRuns: 12 });
  }, 240_000);
});
