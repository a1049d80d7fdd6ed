import { describe, expect, it } from '@jest/globals';
import { claim, createControlRecord, fail, handBack, renewLease, succeed, type ControlRecord, type NewControlRecord } from '@data-master/control-records';
import { TerminalError, type ControlStore, type Outbox } from '@data-master/ports';
import { collect, perTest, type Setup } from './per-test.ts';

const now = new Date('2026-01-01T00:00:00.000Z');

/** A pending control record for tests; fields can be given. */
export function sampleControlRecord(controlId: string, fields: Partial<NewControlRecord> = {}, at: Date = now): ControlRecord {
  return createControlRecord(
    {
      control_id: controlId,
      object_key: `raw/beer/${controlId}.csv.gz`,
      schema_name: 'dm_bronze',
      table_name: 'beer',
      file_format: 'csv',
      file_size: 3,
      checksum: `sum of ${controlId}`,
      compute_target: 'lambda',
      ...fields,
    },
    at,
  );
}

export interface ControlStoreParts {
  control: ControlStore;
  /** Where the events of its commits are. */
  outbox: Outbox;
}

/** The contract of ControlStore and of the events that its commits cause. */
export function describeControlStore(name: string, setup: Setup<ControlStoreParts>): void {
  describe(`${name} keeps the contract of a control store`, () => {
    const parts = perTest(setup);
    const eventIds = async () => (await parts().outbox.pending(1000)).map(({ id }) => id);

    it('gives back a record with all its fields', async () => {
      const record = sampleControlRecord('c1', { affected_partitions: [{ review_year: 2012, review_month: null }], record_count: 7 });
      expect(await parts().control.commit([{ insert: record }])).toBe(true);
      expect(await parts().control.get('c1')).toEqual(record);
      const finished = succeed(claim(record, 'worker', 1000, now), { recordCount: 5, rejectedCount: 2 }, now);
      expect(await parts().control.commit([{ previous: record, next: { ...finished, version: 1 } }])).toBe(true);
      expect(await parts().control.get('c1')).toEqual({ ...finished, version: 1 });
      expect(await parts().control.get('c2')).toBeUndefined();
    });

    it('skips the insertion of a known record', async () => {
      const record = sampleControlRecord('c1');
      await parts().control.commit([{ insert: record }]);
      expect(await parts().control.commit([{ insert: { ...record, table_name: 'brewery' } }])).toBe(true);
      expect(await parts().control.get('c1')).toEqual(record);
      expect(await eventIds()).toEqual(['c1:0']);
    });

    it('makes one record and one event of 50 concurrent insertions', async () => {
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => parts().control.commit([{ insert: sampleControlRecord('c1') }])));
      expect(outcomes).toEqual(Array(50).fill(true));
      expect(await collect(parts().control.query({}))).toHaveLength(1);
      expect(await eventIds()).toEqual(['c1:0']);
    });

    it('lets exactly one of 50 concurrent claims succeed', async () => {
      const record = sampleControlRecord('c1');
      await parts().control.commit([{ insert: record }]);
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, worker) => parts().control.commit([{ previous: record, next: claim(record, `worker ${worker}`, 1000, now) }])),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect((await parts().control.get('c1'))?.lease_owner).toBe(`worker ${outcomes.indexOf(true)}`);
    });

    it('applies all changes of a commit or none', async () => {
      const [first, second] = [sampleControlRecord('c1'), sampleControlRecord('c2')];
      await parts().control.commit([{ insert: first }, { insert: second }]);
      const claimed = claim(second, 'somebody', 1000, now);
      await parts().control.commit([{ previous: second, next: claimed }]);
      const outcome = await parts().control.commit([
        { previous: first, next: claim(first, 'me', 1000, now) },
        { insert: sampleControlRecord('c3') },
        { previous: second, next: claim(second, 'me', 1000, now) },
      ]);
      expect(outcome).toBe(false);
      expect(await parts().control.get('c1')).toEqual(first);
      expect(await parts().control.get('c2')).toEqual(claimed);
      expect(await parts().control.get('c3')).toBeUndefined();
      expect(await eventIds()).toEqual(['c1:0', 'c2:0']);
    });

    it('does not change a record that does not exist', async () => {
      const record = sampleControlRecord('c1');
      expect(await parts().control.commit([{ previous: record, next: claim(record, 'me', 1000, now) }])).toBe(false);
      expect(await parts().control.get('c1')).toBeUndefined();
    });

    it('refuses a next version that is not the one after', async () => {
      const record = sampleControlRecord('c1');
      await parts().control.commit([{ insert: record }]);
      await expect(parts().control.commit([{ previous: record, next: { ...record, version: 2 } }])).rejects.toBeInstanceOf(TerminalError);
    });

    it('refuses more than 100 changes in one commit', async () => {
      const changes = Array.from({ length: 101 }, (_, index) => ({ insert: sampleControlRecord(`c${index}`) }));
      await expect(parts().control.commit(changes)).rejects.toBeInstanceOf(TerminalError);
      expect(await parts().control.commit(changes.slice(1))).toBe(true);
      expect(await parts().control.commit([])).toBe(true);
    });

    it('announces each change that leaves a record pending, and no other', async () => {
      const pending = sampleControlRecord('c1');
      const running = claim(pending, 'me', 1000, now);
      const renewed = renewLease(running, 2000, now);
      const returned = handBack(renewed, now);
      const again = claim(returned, 'me', 1000, now);
      const delayed = fail(again, { message: 'throttled', transient: true }, now);
      const steps = [pending, running, renewed, returned, again, delayed];
      await parts().control.commit([{ insert: pending }]);
      for (const [index, next] of steps.slice(1).entries()) {
        const previous = steps[index];
        expect(previous && (await parts().control.commit([{ previous, next }]))).toBe(true);
      }
      expect(await parts().outbox.pending(10)).toEqual(
        [pending, returned, delayed].map((record) => ({ type: 'control.pending', id: `c1:${record.version}`, record })),
      );
    });

    it('announces nothing of a record that is inserted as done', async () => {
      await parts().control.commit([{ insert: { ...sampleControlRecord('c1'), status: 'success' } }]);
      expect(await eventIds()).toEqual([]);
    });

    it('queries in the order of creation, whatever the number', async () => {
      const records = Array.from({ length: 1234 }, (_, index) =>
        sampleControlRecord(`c${String((index * 7919) % 1234).padStart(4, '0')}`, { table_name: index % 2 ? 'beer' : 'review' }, new Date(now.getTime() + Math.floor(index / 100))),
      );
      for (let start = 0; start < records.length; start += 100) {
        await parts().control.commit(records.slice(start, start + 100).map((insert) => ({ insert })));
      }
      const expected = [...records].sort((a, b) => (a.created_at + a.control_id < b.created_at + b.control_id ? -1 : 1));
      expect(await collect(parts().control.query({}))).toEqual(expected);
      expect(await collect(parts().control.query({ tableName: 'review' }))).toEqual(expected.filter((record) => record.table_name === 'review'));
    });

    it('queries by schema, table and status together', async () => {
      const wanted = sampleControlRecord('c1', { schema_name: 'dm_silver' });
      const others = [
        sampleControlRecord('c2'),
        sampleControlRecord('c3', { schema_name: 'dm_silver', table_name: 'review' }),
        claim(sampleControlRecord('c4', { schema_name: 'dm_silver' }), 'me', 1000, now),
      ];
      await parts().control.commit([wanted, ...others].map((insert) => ({ insert })));
      expect(await collect(parts().control.query({ schemaName: 'dm_silver', tableName: 'beer', status: 'pending' }))).toEqual([wanted]);
      expect(await collect(parts().control.query({ status: 'error' }))).toEqual([]);
    });

    it('finds records by object key and by checksum within a table', async () => {
      const first = sampleControlRecord('c1', { object_key: 'raw/a', checksum: 'same' });
      const second = sampleControlRecord('c2', { object_key: 'raw/b', checksum: 'same' });
      const other = sampleControlRecord('c3', { object_key: 'raw/b', checksum: 'same', table_name: 'review' });
      await parts().control.commit([second, first, other].map((insert) => ({ insert })));
      expect(await parts().control.byObjectKey('raw/b')).toEqual([second, other]);
      expect(await parts().control.byChecksum('beer', 'same')).toEqual([first, second]);
      expect(await parts().control.byChecksum('beer', 'other')).toEqual([]);
    });
  });
}
