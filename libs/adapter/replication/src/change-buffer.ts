import type { StreamEvent } from '@data-master/change-events';
import type { RejectedRecord } from './rejected-records.ts';

/** How far the source is known to be durable once a batch is: what it may forget. */
export interface BatchMark {
  /** End of the last whole transaction; undefined while the first one is not complete. */
  endPosition?: string;
  /** Latest commit time in the batch, microseconds. */
  commitMicros: bigint;
}

export interface ChangeBatch extends BatchMark {
  events: StreamEvent[];
  rejected: RejectedRecord[];
}

export interface ChangeBufferOptions {
  limitBytes: number;
  flushMs: number;
  /** Makes a batch durable; batches come one after the other. */
  write: (batch: ChangeBatch) => Promise<void>;
  /** Tells the source to wait, or to go on. */
  onPressure: (isFull: boolean) => void;
  onError: (error: unknown) => void;
}

/** Collects changes into batches by size and time: while one batch is written the next one fills, and no third. */
export interface ChangeBuffer {
  add: (event: StreamEvent, sizeBytes: number) => void;
  /** Takes a record that cannot be read, which is kept in place of an event. */
  reject: (record: RejectedRecord, sizeBytes: number) => void;
  /** All events so far belong to transactions that end here. */
  commit: (endPosition: string, commitMicros: bigint) => void;
  /** True when nothing waits and nothing is being written. */
  isIdle: () => boolean;
  /** Commit time of the oldest change that is not durable, microseconds. */
  oldestMicros: () => bigint | undefined;
  /** Writes what has come so far. */
  drain: () => Promise<void>;
  /** Forgets what is not written. */
  close: () => void;
}

export function createChangeBuffer({ limitBytes, flushMs, write, onPressure, onError }: ChangeBufferOptions): ChangeBuffer {
  let events: StreamEvent[] = [];
  let rejected: RejectedRecord[] = [];
  let sizeBytes = 0;
  let mark: BatchMark = { commitMicros: 0n };
  let oldest: bigint | undefined;
  let writing: { done: Promise<void>; oldest: bigint | undefined } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isDue = false;
  let isFull = false;
  let isClosed = false;

  const setPressure = (full: boolean): void => {
    if (full === isFull) return;
    isFull = full;
    onPressure(full);
  };

  const isEmpty = (): boolean => events.length === 0 && rejected.length === 0 && mark.endPosition === undefined;

  const start = (): void => {
    if (isClosed || writing || isEmpty() || !(isDue || sizeBytes >= limitBytes)) return;
    const batch = { events, rejected, ...mark };
    events = [];
    rejected = [];
    sizeBytes = 0;
    mark = { commitMicros: mark.commitMicros };
    clearTimeout(timer);
    timer = undefined;
    isDue = false;
    const done = write(batch).then(() => {
      writing = undefined;
      start();
    }, (error: unknown) => {
      isClosed = true;
      onError(error);
    });
    writing = { done, oldest };
    oldest = undefined;
    setPressure(false);
  };

  const wait = (): void => {
    timer ??= setTimeout(() => {
      isDue = true;
      start();
    }, flushMs);
  };

  const grow = (size: number): void => {
    sizeBytes += size;
    wait();
    if (sizeBytes < limitBytes) return;
    start();
    if (sizeBytes >= limitBytes) setPressure(true);
  };

  return {
    add(event, size) {
      if (isClosed) return;
      events.push(event);
      grow(size);
    },
    reject(record, size) {
      if (isClosed) return;
      rejected.push(record);
      grow(size);
    },
    commit(endPosition, commitMicros) {
      if (isClosed) return;
      mark = { endPosition, commitMicros };
      oldest ??= commitMicros;
      wait();
    },
    isIdle: () => !writing && isEmpty(),
    oldestMicros: () => writing?.oldest ?? oldest,
    async drain() {
      while (!isClosed && (writing || !isEmpty())) {
        isDue = true;
        start();
        await writing?.done;
      }
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
