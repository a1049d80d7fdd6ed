import { beforeEach, describe, expect, it } from '@jest/globals';
import { claim, createControlRecord, type ControlRecord, type SchemaName } from '@data-master/control-records';
import type { ControlStore, LakeEvent, Outbox } from '@data-master/ports';
import { createManualClock, createMemoryControlStore, createMemoryLogger, createMemoryOutbox } from '@data-master/testing';
import { sweepRecords } from './index.ts';

const minuteMs = 60_000;
let outbox: Outbox;
let control: ControlStore;
let clock: ReturnType<typeof createManualClock>;

beforeEach(() => {
  outbox = createMemoryOutbox();
  control = createMemoryControlStore(outbox);
  clock = createManualClock();
});

async function insert(id: string, schemaName: SchemaName = 'dm_bronze', owner?: string): Promise<ControlRecord> {
  const record = createControlRecord({ control_id: id, object_key: `raw/beer/${id}`, schema_name: schemaName, table_name: 'beer', file_format: 'csv', file_size: 1, checksum: id, compute_target: 'lambda' }, clock.now());
  await control.commit([{ insert: record }]);
  if (owner) await control.commit([{ previous: record, next: claim(record, owner, 5 * minuteMs, clock.now()) }]);
  await outbox.acknowledge((await outbox.pending(100)).map(({ id: eventId }: LakeEvent) => eventId));
  return record;
}

const sweep = (command: Parameters<typeof sweepRecords>[0]) => sweepRecords(command, { control, clock, logger: createMemoryLogger() });
const announced = async (): Promise<string[]> => (await outbox.pending(100)).map(({ id }) => id);

describe('a sweep', () => {
  it('takes records from workers whose lease has ended, and from those that are known to be gone', async () => {
    await insert('expired', 'dm_silver', 'slow');
    clock.advance(4 * minuteMs);
    await insert('held', 'dm_silver', 'busy');
    await insert('orphaned', 'dm_gold', 'killed');
    clock.advance(minuteMs);
    expect(await sweep({ overdueMs: 15 * minuteMs, isGone: (owner) => owner === 'killed' })).toEqual({ abandoned: 2, announced: 0 });
    expect(await control.get('expired')).toMatchObject({ status: 'pending', attempt_count: 1, lease_owner: null });
    expect([(await control.get('orphaned'))?.status, (await control.get('held'))?.status]).toEqual(['pending', 'running']);
    expect(await announced()).toEqual(['expired:2', 'orphaned:2']);
  });

  it('announces again what was due for long, once in each such time, and only in the layers that are named', async () => {
    await insert('lost');
    await insert('silver', 'dm_silver');
    clock.advance(15 * minuteMs - 1);
    await insert('fresh');
    expect(await sweep({ overdueMs: 15 * minuteMs, announced: ['dm_bronze'] })).toEqual({ abandoned: 0, announced: 0 });
    clock.advance(1);
    expect(await sweep({ overdueMs: 15 * minuteMs, announced: ['dm_bronze'] })).toEqual({ abandoned: 0, announced: 1 });
    expect(await sweep({ overdueMs: 15 * minuteMs, announced: ['dm_bronze'] })).toEqual({ abandoned: 0, announced: 0 });
    expect(await announced()).toEqual(['lost:1']);
    expect(await sweep({ overdueMs: 15 * minuteMs })).toEqual({ abandoned: 0, announced: 1 });
    expect(await announced()).toEqual(['lost:1', 'silver:1']);
  });

  it('at a start announces all that is due, and nothing that waits for its back-off', async () => {
    const record = await insert('now');
    await control.commit([{ insert: { ...record, control_id: 'later', available_at: '2026-01-01T00:00:02.000Z' } }]);
    await outbox.acknowledge(['later:0']);
    expect(await sweep({ overdueMs: 0 })).toEqual({ abandoned: 0, announced: 1 });
    expect(await announced()).toEqual(['now:1']);
  });

  it('leaves a record to a worker that comes first', async () => {
    const record = await insert('contested');
    const claimed = claim(record, 'first', minuteMs, clock.now());
    const racing: ControlStore = { ...control, commit: async (changes) => (await control.commit([{ previous: record, next: claimed }])) && control.commit(changes) };
    expect(await sweepRecords({ overdueMs: 0 }, { control: racing, clock, logger: createMemoryLogger() })).toEqual({ abandoned: 0, announced: 0 });
    expect(await control.get('contested')).toEqual(claimed);
  });
});
