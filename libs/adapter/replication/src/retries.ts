import { setTimeout as delay } from 'node:timers/promises';
import { TerminalError, type LakeError, type ReplicationStatus, type ReplicationTask } from '@data-master/ports';

/** A status that a running stream brings up to date when it is read. */
export interface LiveStatus extends ReplicationStatus {
  measure?: () => void;
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
