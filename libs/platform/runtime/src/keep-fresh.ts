import type { Clock, Logger } from '@data-master/ports';

export interface KeepFreshOptions {
  clock: Clock;
  logger: Logger;
  maxAgeMs: number;
}

/**
 * Loads a value now, and gives it afterwards, loaded again once it is older than `maxAgeMs`. When that fails, the log says so
 * (`<name>.stale`) and the value stays until the next look; only the first load throws.
 */
export async function keepFresh<Value>(name: string, load: () => Promise<Value>, { clock, logger, maxAgeMs }: KeepFreshOptions): Promise<() => Promise<Value>> {
  const nowMs = (): number => clock.now().getTime();
  let loadedMs = nowMs();
  let value = await load();
  return async () => {
    if (nowMs() - loadedMs < maxAgeMs) return value;
    loadedMs = nowMs();
    try {
      value = await load();
    } catch (error) {
      logger.log('error', `${name}.stale`, { error });
    }
    return value;
  };
}
