import type { Clock, Logger } from '@data-master/ports';

export interface KeepFreshOptions {
  clock: Clock;
  logger: Logger;
  /** A minute when not given. */
  maxAgeMs?: number;
}

/**
 * Gives what `load` loads, loaded again once it is older than `maxAgeMs`. When that fails, the log says so (`<name>.stale`) and
 * the value stays until the next look; without a value yet, it throws.
 */
export function keepFresh<Value>(name: string, load: () => Promise<Value>, { clock, logger, maxAgeMs = 60_000 }: KeepFreshOptions): () => Promise<Value> {
  let kept: { value: Value; lookedMs: number } | undefined;
  return async () => {
    const lookedMs = clock.now().getTime();
    if (kept && lookedMs - kept.lookedMs < maxAgeMs) return kept.value;
    try {
      kept = { value: await load(), lookedMs };
    } catch (error) {
      if (!kept) throw error;
      kept.lookedMs = lookedMs;
      logger.log('error', `${name}.stale`, { error });
    }
    return kept.value;
  };
}
