import type { StreamEvent } from '@data-master/change-events';

/** How far the source is known to be durable once a batch is: what it may forget. */
export interface BatchMark {
  /** End of the last whole transaction; undefined while the first one is not complete. */
  endPosition?: string;
  /** Latest commit time in the batch, microseconds. */
  commitMicros: bigint;
}

export interface ChangeBatch extends BatchMark {
  events: StreamEvent[];
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

  const start = (): void => {
    if (isClosed || writing || (events.length === 0 && mark.endPosition === undefined) || !(isDue || sizeBytes >= limitBytes)) return;
    const batch = { events, ...mark };
    events = [];
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

  return {
    add(event, size) {
      if (isClosed) return;
      events.push(event);
      sizeBytes += size;
      wait();
      if (sizeBytes < limitBytes) return;
      start();
      if (sizeBytes >= limitBytes) setPressure(true);
    },
    commit(endPosition, commitMicros) {
      if (isClosed) return;
      mark = { endPosition, commitMicros };
      oldest ??= commitMicros;
      wait();
    },
    isIdle: () => !writing && events.length === 0 && mark.endPosition === undefined,
    oldestMicros: () => writing?.oldest ?? oldest,
    async drain() {
      while (!isClosed && (writing || events.length > 0 || mark.endPosition !== undefined)) {
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
