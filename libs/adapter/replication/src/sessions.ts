import { setTimeout as delay } from 'node:timers/promises';
import { TerminalError, type LakeError, type Replication, type ReplicationStatus, type ReplicationTask } from '@data-master/ports';

/** A status that a running stream brings up to date when it is read. */
export interface LiveStatus extends ReplicationStatus {
  measure?: () => void;
}

export const startingStatus = (): LiveStatus => ({ phase: 'connecting', loadedRows: 0, events: 0, lagSeconds: 0 });

export interface SourceSessions {
  status: LiveStatus;
  /**
   * Connects, loads what is not loaded and, with `thenStream`, brings changes until the signal ends it. `onProgress` is
   * called when it got somewhere, which makes the next wait short again.
   */
  session: (thenStream: boolean, signal: AbortSignal | undefined, onProgress: () => void) => Promise<void>;
  toLakeError: (error: unknown) => LakeError;
  /** Bytes of log that the source keeps for the task; undefined while it cannot be told. */
  lagBytes?: () => Promise<number | undefined>;
}

/** A replication that begins a new session after transient errors, waiting twice as long each time, until one ends or waiting cannot help. */
export function replicateBySessions({ settings: { retry }, logger }: Pick<ReplicationTask, 'settings' | 'logger'>, { status, session, toLakeError, lagBytes }: SourceSessions): Replication {
  /** One session; its error when waiting may help. */
  const attemptOnce = async (thenStream: boolean, signal: AbortSignal | undefined, onProgress: () => void): Promise<LakeError | undefined> => {
    try {
      await session(thenStream, signal, onProgress);
      return undefined;
    } catch (cause) {
      const error = toLakeError(cause);
      if (error instanceof TerminalError) throw error;
      return error;
    }
  };

  const repeat = async (thenStream: boolean, signal?: AbortSignal): Promise<void> => {
    for (let attempt = 1; !signal?.aborted; attempt += 1) {
      const error = await attemptOnce(thenStream, signal, () => { attempt = 0; });
      if (!error) break;
      if (attempt > (retry.maximumAttempts ?? Infinity)) throw new TerminalError(`${error.message}; gave up after ${attempt} attempts`, { cause: error });
      const waitMs = Math.min(retry.maximumDelayMs, retry.firstDelayMs * 2 ** Math.min(Math.max(0, attempt - 1), 20));
      logger.log('warn', 'replication.retry', { error: error.message, attempt, wait_ms: waitMs });
      status.phase = 'waiting';
      status.error = error.message;
      await delay(waitMs, undefined, { ...(signal && { signal }) }).catch(() => undefined);
    }
    status.phase = 'ended';
  };

  return {
    load: (signal) => repeat(false, signal),
    run: (signal) => repeat(true, signal),
    async status() {
      status.measure?.();
      const bytes = await lagBytes?.();
      const { measure: _measure, ...shown } = status;
      return { ...shown, ...(bytes !== undefined && { lagBytes: bytes }) };
    },
  };
}
