import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { TransientError, type Logger } from '@data-master/ports';

/** Exit codes of a task; a stop by signal is 128 + its number, as shells count. */
export const taskExitCodes = { done: 0, failed: 1, transient: 75 } as const;

export interface TaskOptions {
  logger: Logger;
  /** Gives the claimed work back; called at most once, when a stop comes before the work's end. */
  handBack: () => Promise<void>;
  /** How long after a stop signal the work may still come to its end; what remains of the platform's grace period is for handing it back. */
  finishWithinMs: number;
}

/**
 * Runs the work of a task and ends this process: 0 when it is done, 75 after a TransientError, 1 after any other. At
 * SIGTERM or SIGINT the work may finish within `finishWithinMs`, else it is handed back and the process ends under it.
 */
export async function runTask(work: () => Promise<void>, { logger, handBack, finishWithinMs }: TaskOptions): Promise<never> {
  const stop = nextStop();
  logger.log('info', 'task.started');
  const ended = work().then(
    () => taskExitCodes.done,
    (error: unknown) => {
      logger.log('error', 'task.failed', { error });
      return error instanceof TransientError ? taskExitCodes.transient : taskExitCodes.failed;
    },
  );
  const first = await Promise.race([ended, stop]);
  if (typeof first === 'number') return process.exit(first);
  logger.log('warn', 'task.stopping', { signal: first, finish_within_ms: finishWithinMs });
  const code = await Promise.race([ended, delay(finishWithinMs)]);
  if (code !== undefined) return process.exit(code);
  try {
    await handBack();
    logger.log('warn', 'task.handed_back', { signal: first });
  } catch (error) {
    logger.log('error', 'task.hand_back_failed', { error });
  }
  return process.exit(128 + constants.signals[first]);
}

function nextStop(): Promise<'SIGTERM' | 'SIGINT'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, resolve);
  });
}
