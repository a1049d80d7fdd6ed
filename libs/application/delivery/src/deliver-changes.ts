import type { RouteOptions } from '@data-master/change-events';
import { TransientError, type ChangeStreamReader, type Clock, type Logger, type ObjectInfo, type ObjectStore } from '@data-master/ports';
import { createDeliveryBatch } from './delivery-batch.ts';

export interface DeliveryPorts {
  reader: ChangeStreamReader;
  store: ObjectStore;
  clock: Clock;
  logger: Logger;
  /** Told of each object under `raw/`, before the stream forgets its records. */
  announce: (object: ObjectInfo) => Promise<void>;
  /** Returns after a time, or when the signal says so. */
  wait: (timeoutMs: number, signal: AbortSignal) => Promise<void>;
}

export interface DeliveryOptions {
  route: RouteOptions;
  /** A batch that has as much goes out; a record that is larger goes out with what was read before it. */
  bufferBytes: number;
  /** A batch goes out when its first record was read so long ago. */
  bufferMs: number;
}

const idleMs = 60_000;
const maxBackoffMs = 60_000;

/**
 * Brings the records of a stream to objects until the signal ends it, once all that is there is delivered: buffered by size
 * and time, routed, one object for each table, and then the stream is told. What fails or is killed begins again where the
 * stream was last told, so that records may come to raw twice and none is left out. Failures that may pass are waited for.
 */
export async function deliverChanges(ports: DeliveryPorts, options: DeliveryOptions, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await deliver(ports, options, signal, () => { attempt = 1; });
    } catch (error) {
      if (!(error instanceof TransientError) || signal.aborted) throw error;
      const waitMs = Math.min(maxBackoffMs, 1_000 * 2 ** Math.min(attempt - 1, 6));
      ports.logger.log('warn', 'delivery.retry', { error: error.message, attempt, wait_ms: waitMs });
      await ports.wait(waitMs, signal);
    }
  }
}

async function deliver({ reader, store, clock, logger, announce }: DeliveryPorts, { route, bufferBytes, bufferMs }: DeliveryOptions, signal: AbortSignal, onProgress: () => void): Promise<void> {
  const readBytes = Math.ceil(bufferBytes / reader.partitions);
  let done = await reader.checkpoints();
  for (let isMore = true; isMore || !signal.aborted;) {
    const batch = createDeliveryBatch(route, logger);
    const places = [...done];
    if (!signal.aborted) await reader.wait(places, idleMs, signal);
    for (const startMs = clock.now().getTime(); ;) {
      const before = batch.sizeBytes;
      for (let partition = 0; partition < reader.partitions && batch.sizeBytes < bufferBytes; partition += 1) {
        const { records, place } = await reader.read(partition, places[partition]!, readBytes);
        batch.add(records);
        places[partition] = place;
      }
      isMore = batch.sizeBytes > before;
      const restMs = bufferMs - elapsed(startMs, clock);
      if (batch.sizeBytes === 0 || batch.sizeBytes >= bufferBytes || (signal.aborted ? !isMore : restMs <= 0)) break;
      if (!signal.aborted) await reader.wait(places, restMs, signal);
    }
    if (batch.sizeBytes === 0) continue;
    for await (const { key, body, isRaw } of batch.objects()) {
      const object = await store.write(key, body);
      if (isRaw) await announce(object);
    }
    await reader.checkpoint(places);
    done = places;
    onProgress();
  }
}

/** A clock that was set back says nothing of how long it was: then it was long enough. */
function elapsed(startMs: number, clock: Clock): number {
  const ms = clock.now().getTime() - startMs;
  return ms < 0 ? Infinity : ms;
}
