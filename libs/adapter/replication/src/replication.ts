import { setTimeout as delay } from 'node:timers/promises';
import type { TableMapping, TaskSettings } from '@data-master/change-events';
import type { LakeError} from '@data-master/ports';
import { TerminalError, type ChangeTarget, type Clock, type Logger, type ObjectStore } from '@data-master/ports';
import type { ContractGuard } from './row-plan.ts';

/** What is to be replicated, how, and where to. */
export interface ReplicationTask {
  /** Lower snake_case; names slot, publication and state. */
  name: string;
  mapping: TableMapping;
  settings: TaskSettings;
  target: ChangeTarget;
  /** Keeps the task's state. */
  store: ObjectStore;
  clock: Clock;
  logger: Logger;
  contract?: ContractGuard;
}

/** How a task is doing. */
export interface ReplicationStatus {
  phase: 'connecting' | 'loading' | 'streaming' | 'waiting' | 'ended';
  loadedRows: number;
  /** Events made durable since the start. */
  events: number;
  /** Log that the source keeps for the task; undefined while it is not reached. */
  lagBytes?: number;
  /** Age of the oldest change that came and is not durable. */
  lagSeconds: number;
  /** The last error, when the task waits to connect again. */
  error?: string;
  /** Brings `lagSeconds` up to date. */
  measure?: () => void;
}

/** A task on its source. */
export interface Replication {
  /** Loads what is not loaded and returns; the changes meanwhile are kept by the source for `run`. */
  load: (signal?: AbortSignal) => Promise<void>;
  /** Loads what is not loaded, then brings changes until the signal ends it, connecting again after failures; throws when waiting cannot help. */
  run: (signal?: AbortSignal) => Promise<void>;
  status: () => Promise<ReplicationStatus>;
}

/** Repeats `session` after transient errors, waiting twice as long each time, until it ends or waiting cannot help. */
export async function withRetries(
  { settings: { retry }, logger }: Pick<ReplicationTask, 'settings' | 'logger'>,
  { session, toLakeError, onWait, signal }: {
    /** `onProgress` is called when it got somewhere, which makes the next wait short again. */
    session: (onProgress: () => void) => Promise<void>;
    toLakeError: (error: unknown) => LakeError;
    onWait: (error: LakeError) => void;
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  for (let attempt = 1; !signal?.aborted; attempt += 1) {
    try {
      return await session(() => { attempt = 0; });
    } catch (cause) {
      const error = toLakeError(cause);
      if (error instanceof TerminalError) throw error;
      if (attempt > (retry.maximumAttempts ?? Infinity)) throw new TerminalError(`${error.message}; gave up after ${attempt} attempts`, { cause });
      const waitMs = Math.min(retry.maximumDelayMs, retry.firstDelayMs * 2 ** Math.min(Math.max(0, attempt - 1), 20));
      logger.log('warn', 'replication.retry', { error: error.message, attempt, wait_ms: waitMs });
      onWait(error);
      await delay(waitMs, undefined, { ...(signal && { signal }) }).catch(() => undefined);
    }
  }
}
