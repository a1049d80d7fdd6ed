import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import {
  abandon,
  asDuplicate,
  asRefused,
  claim,
  ControlTransitionError,
  controlRecordSchema,
  createControlRecord,
  fail,
  handBack,
  isClaimable,
  maxAttempts,
  redo,
  renewLease,
  retry,
  succeed,
  touch,
  type ControlRecord,
} from './index.ts';

const start = new Date('2026-01-01T00:00:00.000Z');
const at = (ms: number) => new Date(start.getTime() + ms);
const pending = createControlRecord(
  {
    control_id: 'c1',
    object_key: 'raw/beer/a.csv.gz',
    schema_name: 'dm_bronze',
    table_name: 'beer',
    file_format: 'csv',
    file_size: 3,
    checksum: 'abc',
    compute_target: 'lambda',
  },
  start,
);
const running = claim(pending, 'me', 1000, start);
const successful = succeed(running, { recordCount: 5, rejectedCount: 1 }, at(250));
const failed = fail(running, { message: 'no header', transient: false }, at(250));

type Step = (record: ControlRecord, now: Date) => ControlRecord;
const steps: Record<string, Step> = {
  claim: (record, now) => claim(record, 'worker', 1000, now),
  renewLease: (record, now) => renewLease(record, 1000, now),
  succeed: (record, now) => succeed(record, { recordCount: 5, rejectedCount: 1 }, now),
  failForNow: (record, now) => fail(record, { message: 'throttled', transient: true }, now),
  failForGood: (record, now) => fail(record, { message: 'no header', transient: false }, now),
  handBack,
  redo,
  retry,
};

/** status → the statuses that a step may lead to. */
const allowed: Record<ControlRecord['status'], string[]> = {
  pending: ['running'],
  running: ['running', 'pending', 'success', 'error'],
  success: ['pending'],
  error: ['pending'],
};

describe('a control record on a random walk', () => {
  const walk = fc.array(fc.record({ step: fc.constantFrom(...Object.keys(steps)), afterMs: fc.integer({ min: 0, max: 5000 }) }), { maxLength: 40 });

  function follow(walked: { step: string; afterMs: number }[], check: (before: ControlRecord, after: ControlRecord, now: Date, step: string) => void): void {
    let record = pending;
    let elapsedMs = 0;
    for (const { step, afterMs } of walked) {
      elapsedMs += afterMs;
      const before = record;
      try {
        record = steps[step]?.(before, at(elapsedMs)) ?? before;
      } catch (error) {
        expect(error).toBeInstanceOf(ControlTransitionError);
        continue;
      }
      check(before, record, at(elapsedMs), step);
    }
  }

  it('is valid after every step and takes allowed steps only', () => {
    fc.assert(
      fc.property(walk, (walked) =>
        follow(walked, (before, after) => {
          expect(controlRecordSchema.safeParse(after).error).toBeUndefined();
          expect(allowed[before.status]).toContain(after.status);
        }),
      ),
    );
  });

  it('raises its version by one and keeps what it is about with every step', () => {
    fc.assert(
      fc.property(walk, (walked) =>
        follow(walked, (before, after, now) => {
          expect(after.version).toBe(before.version + 1);
          expect(after.updated_at).toBe(now.toISOString());
          for (const field of ['control_id', 'object_key', 'schema_name', 'table_name', 'checksum', 'created_at'] as const) {
            expect(after[field]).toBe(before[field]);
          }
        }),
      ),
    );
  });

  it('has a lease exactly while it is running, and an end exactly when it is done', () => {
    fc.assert(
      fc.property(walk, (walked) =>
        follow(walked, (_before, after) => {
          const { status } = after;
          expect([after.lease_owner !== null, after.lease_until !== null]).toEqual([status === 'running', status === 'running']);
          if (status === 'running') expect(after.finished_at).toBeNull();
          if (status === 'success' || status === 'error') expect(Date.parse(after.finished_at ?? '') - Date.parse(after.started_at ?? '')).toBe(after.duration);
        }),
      ),
    );
  });

  it('is never claimed while another holds a valid lease, nor before it is due', () => {
    fc.assert(
      fc.property(walk, (walked) =>
        follow(walked, (before, _after, now, step) => {
          if (step !== 'claim') return;
          expect(isClaimable(before, now)).toBe(true);
          expect(Date.parse((before.status === 'running' ? before.lease_until : before.available_at) ?? '')).toBeLessThanOrEqual(now.getTime());
        }),
      ),
    );
  });

  it('never changes the record that a step is given', () => {
    const frozen = Object.freeze(structuredClone(running));
    for (const [name, step] of Object.entries(steps)) if (!['claim', 'redo', 'retry'].includes(name)) expect(step(frozen, at(1))).not.toBe(frozen);
    expect(frozen).toEqual(running);
  });
});

describe('attempts', () => {
  it('back off for 2 s and 4 s, then end in error', () => {
    let record = pending;
    let now = start;
    const backoffs: number[] = [];
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const claimed = claim(record, 'me', 1000, now);
      expect(claimed.attempt_count).toBe(attempt);
      record = fail(claimed, { message: 'throttled', transient: true }, now);
      backoffs.push(Date.parse(record.available_at) - now.getTime());
      now = new Date(record.available_at);
    }
    expect(backoffs).toEqual([2000, 4000, 0]);
    expect(record).toMatchObject({ status: 'error', attempt_count: 3, error_message: 'throttled' });
  });

  it('are not claimable before the back-off has passed', () => {
    const delayed = fail(running, { message: 'throttled', transient: true }, start);
    expect(isClaimable(delayed, at(1999))).toBe(false);
    expect(() => claim(delayed, 'me', 1000, at(1999))).toThrow(ControlTransitionError);
    expect(isClaimable(delayed, at(2000))).toBe(true);
  });

  it('are not repeated after an error that would come again', () => {
    expect(failed).toMatchObject({ status: 'error', attempt_count: 1, error_message: 'no header', finished_at: at(250).toISOString(), duration: 250 });
    expect(isClaimable(failed, at(1e9))).toBe(false);
  });

  it('are done once more after their success', () => {
    const again = redo(successful, at(500));
    expect(again).toMatchObject({ status: 'pending', attempt_count: 0, available_at: at(500).toISOString(), version: successful.version + 1 });
    expect(isClaimable(again, at(500))).toBe(true);
    for (const record of [pending, running, failed]) expect(() => redo(record, at(500))).toThrow(ControlTransitionError);
  });

  it('begin anew with a retry', () => {
    const retried = retry(failed, at(500));
    expect(retried).toMatchObject({ status: 'pending', attempt_count: 0, available_at: at(500).toISOString() });
    expect(claim(retried, 'me', 1000, at(500))).toMatchObject({ attempt_count: 1, error_message: null });
  });

  it('are not counted when the work is handed back', () => {
    expect(handBack(running, at(10))).toMatchObject({ status: 'pending', attempt_count: 0, available_at: at(10).toISOString() });
  });
});

describe('leases', () => {
  it('can be taken over when they have ended, as a further attempt', () => {
    expect(isClaimable(running, at(999))).toBe(false);
    const takenOver = claim(running, 'you', 1000, at(1000));
    expect(takenOver).toMatchObject({ status: 'running', lease_owner: 'you', lease_until: at(2000).toISOString(), started_at: at(1000).toISOString(), attempt_count: 2 });
  });

  it('last longer when renewed', () => {
    const renewed = renewLease(running, 1000, at(900));
    expect(isClaimable(renewed, at(1899))).toBe(false);
    expect(isClaimable(renewed, at(1900))).toBe(true);
    expect(renewed.started_at).toBe(running.started_at);
  });
});

it('is announced again as a change of its version alone', () => {
  expect(touch(pending, at(10))).toEqual({ ...pending, version: 1, updated_at: at(10).toISOString() });
});

describe('an end', () => {
  it('holds the counts and the duration', () => {
    expect(successful).toMatchObject({ status: 'success', record_count: 5, rejected_count: 1, finished_at: at(250).toISOString(), duration: 250 });
  });

  it('never has a negative duration when the clock was set back', () => {
    expect(succeed(running, { recordCount: 1, rejectedCount: 0 }, at(-5000)).duration).toBe(0);
  });

  it('comes at once for the same content under another key', () => {
    const duplicate = asDuplicate({ ...pending, control_id: 'c2' }, successful);
    expect(controlRecordSchema.safeParse(duplicate).error).toBeUndefined();
    expect(duplicate).toMatchObject({ control_id: 'c2', status: 'success', duplicate_of: 'c1', duration: 0, version: 0 });
  });

  it('comes at once for what no attempt could take in', () => {
    const refused = asRefused(pending, 'no contract knows table wine');
    expect(controlRecordSchema.safeParse(refused).error).toBeUndefined();
    expect(refused).toMatchObject({ status: 'error', error_message: 'no contract knows table wine', attempt_count: 0 });
    expect(retry(refused, at(1)).status).toBe('pending');
  });
});

it.each([
  { name: 'succeed', from: 'pending', record: pending, step: steps['succeed'] },
  { name: 'fail', from: 'success', record: successful, step: steps['failForNow'] },
  { name: 'hand back', from: 'error', record: failed, step: steps['handBack'] },
  { name: 'renew', from: 'success', record: successful, step: steps['renewLease'] },
  { name: 'claim', from: 'success', record: successful, step: steps['claim'] },
  { name: 'claim', from: 'error', record: failed, step: steps['claim'] },
  { name: 'retry', from: 'running', record: running, step: steps['retry'] },
  { name: 'announce', from: 'running', record: running, step: touch },
])('says that one cannot $name what is $from', ({ record, step, from }) => {
  expect(() => step?.(record, at(1))).toThrow(`control record c1 is ${from}; expected `);
});

describe('a worker that ended without a word', () => {
  const running = (attempts: number) => {
    const now = new Date('2026-01-01T00:00:00Z');
    let record = claim(createControlRecord({ control_id: 'a', object_key: 'raw/t/a', schema_name: 'dm_bronze', table_name: 't', file_format: 'csv', file_size: 1, checksum: 'c', compute_target: 'lambda' }, now), 'worker', 1_000, now);
    for (let attempt = 1; attempt < attempts; attempt += 1) record = claim(abandon(record, now), 'worker', 1_000, now);
    return abandon(record, now);
  };

  it('leaves its record pending at once', () => {
    expect(running(1)).toMatchObject({ status: 'pending', attempt_count: 1, available_at: '2026-01-01T00:00:00.000Z', lease_owner: null });
  });

  it('leaves it in error when it has ended ten workers, with the remedy', () => {
    expect(running(9).status).toBe('pending');
    expect(running(10)).toMatchObject({ status: 'error', error_message: expect.stringContaining('attempt 10 of 10') });
  });
});
