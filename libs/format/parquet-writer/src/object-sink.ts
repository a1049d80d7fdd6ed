import type { ObjectInfo, ObjectStore } from '@data-master/ports';

/** An object written piece by piece; it comes to be only by `close` after at least one piece. */
export interface ObjectSink {
  /** Resolves when the store may be given more. */
  push(piece: Uint8Array): Promise<void>;
  close(): Promise<ObjectInfo | undefined>;
  /** Ends the write without an object. */
  abort(reason: unknown): Promise<void>;
}

/** Opens the store's write at the first piece. */
export function createObjectSink(store: ObjectStore, key: string): ObjectSink {
  let waiting: Uint8Array[] = [];
  let ended: { reason?: unknown } | undefined;
  let wake = Promise.withResolvers<void>();
  let taken = Promise.withResolvers<void>();
  let writing: Promise<ObjectInfo> | undefined;
  let settled: Promise<void> | undefined;
  const failures: unknown[] = [];

  async function* body(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const pieces = waiting;
      waiting = [];
      taken.resolve();
      yield* pieces;
      if (waiting.length > 0) continue;
      if (ended) {
        if ('reason' in ended) throw ended.reason;
        return;
      }
      await wake.promise;
    }
  }
  const signal = (): void => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  return {
    push: async (piece) => {
      waiting.push(piece);
      taken = Promise.withResolvers();
      writing ??= store.write(key, body());
      settled ??= writing.then(() => undefined, (error: unknown) => void failures.push(error));
      signal();
      await Promise.race([taken.promise, settled]);
      if (failures.length > 0) throw failures[0];
    },
    close: async () => {
      ended = {};
      signal();
      return writing;
    },
    abort: async (reason) => {
      ended = { reason };
      signal();
      await writing?.catch(() => undefined);
    },
  };
}
