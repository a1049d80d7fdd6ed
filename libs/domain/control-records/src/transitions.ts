import type { ControlRecord } from './control-record.ts';

/** Attempts that may fail for a reason that passes. */
export const maxAttempts = 3;
/** Claims of one record, those included whose worker was killed: work that kills its worker ends here. */
export const maxClaims = 10;
const firstBackoffMs = 2_000;

/** A transition was asked of a record whose status does not allow it. */
export class ControlTransitionError extends Error {
  override readonly name = 'ControlTransitionError';
  constructor(record: ControlRecord, wanted: string, allowed: string) {
    super(`control record ${record.control_id} is ${record.status}; expected ${allowed} to ${wanted}; read it again before deciding`);
  }
}

export type NewControlRecord = Pick<
  ControlRecord,
  'control_id' | 'object_key' | 'schema_name' | 'table_name' | 'file_format' | 'file_size' | 'checksum' | 'compute_target'
> & Partial<Pick<ControlRecord, 'record_count' | 'affected_partitions'>>;

/** A record at the beginning of its life: pending, never tried, claimable at once. */
export function createControlRecord(input: NewControlRecord, now: Date): ControlRecord {
  const instant = now.toISOString();
  return {
    record_count: 0,
    affected_partitions: null,
    ...input,
    rejected_count: 0,
    status: 'pending',
    attempt_count: 0,
    created_at: instant,
    updated_at: instant,
    started_at: null,
    finished_at: null,
    duration: null,
    error_message: null,
    available_at: instant,
    lease_owner: null,
    lease_until: null,
    duplicate_of: null,
    version: 0,
  };
}

/** Whether `claim` is allowed: pending and due, or running under a lease that has ended. */
export function isClaimable(record: ControlRecord, now: Date): boolean {
  const instant = now.toISOString();
  if (record.status === 'pending') return record.available_at <= instant;
  return record.status === 'running' && (record.lease_until ?? '') <= instant;
}

/** pending → running, or running with an expired lease → running for a new owner. */
export function claim(record: ControlRecord, owner: string, leaseMs: number, now: Date): ControlRecord {
  if (!isClaimable(record, now)) throw new ControlTransitionError(record, 'claim it', 'pending and due, or running with an expired lease');
  return change(record, now, {
    status: 'running',
    attempt_count: record.attempt_count + 1,
    started_at: now.toISOString(),
    finished_at: null,
    duration: null,
    error_message: null,
    lease_owner: owner,
    lease_until: new Date(now.getTime() + leaseMs).toISOString(),
  });
}

/** Extends the lease of work that goes on. */
export function renewLease(record: ControlRecord, leaseMs: number, now: Date): ControlRecord {
  requireRunning(record, 'renew its lease');
  return change(record, now, { lease_until: new Date(now.getTime() + leaseMs).toISOString() });
}

/** running → success. */
export function succeed(record: ControlRecord, result: { recordCount: number; rejectedCount: number }, now: Date): ControlRecord {
  requireRunning(record, 'mark it successful');
  return change(record, now, {
    status: 'success',
    record_count: result.recordCount,
    rejected_count: result.rejectedCount,
    ...finished(record, now),
  });
}

/** running → pending with a back-off of 2 s, doubling, while `transient` and attempts are left; else running → error. */
export function fail(record: ControlRecord, failure: { message: string; transient: boolean }, now: Date): ControlRecord {
  requireRunning(record, 'mark it failed');
  const again = failure.transient && record.attempt_count < maxAttempts;
  const backoffMs = again ? firstBackoffMs * 2 ** (record.attempt_count - 1) : 0;
  return change(record, now, {
    status: again ? 'pending' : 'error',
    error_message: failure.message,
    available_at: new Date(now.getTime() + backoffMs).toISOString(),
    ...finished(record, now),
  });
}

/** running → pending, untried: the worker was told to stop and hands the work back. */
export function handBack(record: ControlRecord, now: Date): ControlRecord {
  requireRunning(record, 'hand it back');
  return change(record, now, {
    status: 'pending',
    attempt_count: record.attempt_count - 1,
    available_at: now.toISOString(),
    lease_owner: null,
    lease_until: null,
  });
}

/** running → pending for a record whose worker ended without a word; → error when that happened again and again. */
export function abandon(record: ControlRecord, now: Date): ControlRecord {
  requireRunning(record, 'take it from its worker');
  const again = record.attempt_count < maxClaims;
  const message = `worker ${record.lease_owner} ended while at work, at attempt ${record.attempt_count} of ${maxClaims}; expected it to finish; look for what ends it (memory, a kill), then retry`;
  return change(record, now, { status: again ? 'pending' : 'error', error_message: message, available_at: now.toISOString(), ...finished(record, now) });
}

/** pending → pending, so that the event of its being pending is told once more. */
export function touch(record: ControlRecord, now: Date): ControlRecord {
  if (record.status !== 'pending') throw new ControlTransitionError(record, 'announce it again', 'pending');
  return change(record, now, {});
}

/** error → pending with all attempts anew. */
export function retry(record: ControlRecord, now: Date): ControlRecord {
  if (record.status !== 'error') throw new ControlTransitionError(record, 'retry it', 'error');
  return change(record, now, { status: 'pending', attempt_count: 0, available_at: now.toISOString() });
}

/** success → pending: the work is done once more, by what is known now. */
export function redo(record: ControlRecord, now: Date): ControlRecord {
  if (record.status !== 'success') throw new ControlTransitionError(record, 'do it once more', 'success');
  return change(record, now, { status: 'pending', attempt_count: 0, available_at: now.toISOString() });
}

/** A new record that is done at once because `original` holds the same content. */
export function asDuplicate(record: ControlRecord, original: ControlRecord): ControlRecord {
  return {
    ...record,
    status: 'success',
    duplicate_of: original.control_id,
    started_at: record.created_at,
    finished_at: record.created_at,
    duration: 0,
  };
}

/** A new record that is in error at once, because no attempt could succeed. */
export function asRefused(record: ControlRecord, message: string): ControlRecord {
  return { ...record, status: 'error', error_message: message, finished_at: record.created_at };
}

function requireRunning(record: ControlRecord, wanted: string): void {
  if (record.status !== 'running') throw new ControlTransitionError(record, wanted, 'running');
}

function finished(record: ControlRecord, now: Date): Partial<ControlRecord> {
  const startedAt = record.started_at ?? record.created_at;
  return {
    finished_at: now.toISOString(),
    duration: Math.max(0, now.getTime() - Date.parse(startedAt)),
    lease_owner: null,
    lease_until: null,
  };
}

function change(record: ControlRecord, now: Date, fields: Partial<ControlRecord>): ControlRecord {
  return { ...record, ...fields, updated_at: now.toISOString(), version: record.version + 1 };
}
