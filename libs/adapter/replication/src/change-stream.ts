import type { StreamEvent } from '@data-master/change-events';
import { TerminalError, type ReplicationTask } from '@data-master/ports';
import { createChangeBuffer, type ChangeBatch } from './change-buffer.ts';
import type { ChangeEmitterOptions, IncompleteEvent } from './change-emitter.ts';
import { keepRejected, type RejectedRecord } from './rejected-records.ts';
import type { LiveStatus } from './sessions.ts';
import type { TaskState, TaskStateStore } from './task-state.ts';

/** Where a log brings what it tells: what an emitter needs, and what cannot be read. */
export interface ChangeSink extends Omit<ChangeEmitterOptions, 'earliestMicros'> {
  onRejected: (record: RejectedRecord) => void;
  /** Whether all that came is durable. */
  isIdle: () => boolean;
}

/** A source's log that is being read. */
export interface OpenLog {
  pause: () => void;
  resume: () => void;
  /** Settles when the log was read to its end, or with the error that ended it. */
  ended: Promise<void>;
  /** Tells the source that it may forget what lies before. */
  confirm?: (position: string) => void;
  close: () => Promise<void>;
}

export interface ChangeStreamOptions {
  task: ReplicationTask;
  state: TaskState;
  states: TaskStateStore;
  status: LiveStatus;
  /** Begins to read the log. */
  open: (sink: ChangeSink) => Promise<OpenLog>;
  /** Gives incomplete events their values; returns those that stay. */
  complete?: (events: StreamEvent[], incomplete: ReadonlyMap<StreamEvent, IncompleteEvent>) => Promise<StreamEvent[]>;
  onProgress: () => void;
  /** Bytes of log that the source keeps for the task; undefined while it cannot be told. */
  lagBytes?: () => Promise<number | undefined>;
  /** Settles when another connection of the task is lost. */
  lost?: Promise<never>;
  signal?: AbortSignal | undefined;
}

const lagLogEveryMs = 30_000;
const rejectedOverheadBytes = 300;

/**
 * Brings changes from a log to the target until it ends or the signal ends it, with what came until then written, or an error does.
 * The state and then the source learn that changes are durable after the target said so.
 */
export async function streamChanges({ task, state, states, status, open, complete, onProgress, lagBytes, lost, signal }: ChangeStreamOptions): Promise<void> {
  const { settings, target, logger } = task;
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  lost?.catch(failure.reject);
  const incomplete = new Map<StreamEvent, IncompleteEvent>();
  let log: OpenLog | undefined;
  const write = async ({ events, rejected, endPosition, commitMicros }: ChangeBatch): Promise<void> => {
    const whole = complete && incomplete.size > 0 ? await complete(events, incomplete) : events;
    if (incomplete.size > 0) for (const event of events) incomplete.delete(event);
    if (whole.length > 0) await target.write(whole);
    if (rejected.length > 0) await reject(rejected);
    status.events += whole.length;
    onProgress();
    if (endPosition === undefined) return;
    state.commitMicros = commitMicros;
    state.position = endPosition;
    await states.write(state);
    log?.confirm?.(endPosition);
  };
  const reject = async (rejected: readonly RejectedRecord[]): Promise<void> => {
    const [{ origin, reason }] = rejected as [RejectedRecord, ...RejectedRecord[]];
    if (settings.dataError === 'stop') throw new TerminalError(`the record ${origin} cannot be read: ${reason}; expected to be skipped or none; correct the source, or set DataErrorPolicy to LOG_ERROR`);
    await keepRejected(task.store, task.name, rejected);
    logger.log('error', 'source.records_rejected', { records: rejected.length, first: origin, reason, remedy: `they are kept, whole, under errors/${task.name}/` });
  };
  const buffer = createChangeBuffer({
    limitBytes: settings.bufferBytes, flushMs: settings.flushMs, write,
    onPressure: (isFull) => (isFull ? log?.pause() : log?.resume()),
    onError: failure.reject,
  });
  const sink: ChangeSink = {
    onEvent: buffer.add, onCommit: buffer.commit, onIncomplete: (each) => void incomplete.set(each.event, each), isIdle: buffer.isIdle,
    onRejected: (record) => buffer.reject(record, (record.key?.length ?? 0) + (record.value?.length ?? 0) + rejectedOverheadBytes),
  };
  const measureLag = (): void => {
    const oldest = buffer.oldestMicros();
    status.lagSeconds = oldest === undefined ? 0 : Math.max(0, task.clock.now().getTime() / 1000 - Number(oldest) / 1e6);
  };
  status.measure = measureLag;
  const logLag = async (): Promise<void> => {
    const bytes = await lagBytes?.();
    measureLag();
    logger.log('info', 'replication.lag', { lag_seconds: status.lagSeconds, ...(bytes !== undefined && { lag_bytes: bytes }), events: status.events, position: state.position });
  };
  const timer = setInterval(() => void logLag(), lagLogEveryMs);
  const onAbort = (): void => failure.reject(new Error('ended by its signal'));
  try {
    log = await open(sink);
    status.phase = 'streaming';
    logger.log('info', 'replication.streaming', { position: state.position });
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    await Promise.race([failure.promise, log.ended]);
    await buffer.drain();
    await Promise.race([failure.promise, Promise.resolve()]);
  } catch (error) {
    if (!signal?.aborted) throw error;
    log?.pause();
    await buffer.drain();
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', onAbort);
    buffer.close();
    delete status.measure;
    status.lagSeconds = 0;
    await log?.close();
  }
}
