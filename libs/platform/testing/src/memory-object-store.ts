import { checkObjectKey, ObjectExistsError, ObjectMissingError, TerminalError, type Clock, type ObjectBody, type ObjectInfo, type ObjectStore } from '@data-master/ports';
import { createManualClock } from './environment.ts';

/** Objects in memory, with the order, the exclusiveness and the atomicity of the real ones. */
export function createMemoryObjectStore({
  clock = createManualClock(),
  onWritten,
}: { clock?: Clock; onWritten?: (info: ObjectInfo) => Promise<void> } = {}): ObjectStore {
  const objects = new Map<string, { bytes: Uint8Array; info: ObjectInfo }>();

  function find(key: string) {
    const object = objects.get(key);
    if (!object) throw new ObjectMissingError(key);
    return object;
  }

  return {
    async head(key) {
      const info = objects.get(key)?.info;
      return info && { ...info };
    },
    async *read(key) {
      yield find(key).bytes.slice();
    },
    async readRange(key, start, end) {
      if (start < 0 || end < start) throw new TerminalError(`range ${start} to ${end} of object ${key}; expected 0 ≤ start ≤ end; correct the range`);
      return find(key).bytes.slice(start, end);
    },
    async write(key, body, { ifAbsent = false } = {}) {
      checkObjectKey(key);
      const bytes = await bytesOf(body);
      if (ifAbsent && objects.has(key)) throw new ObjectExistsError(key);
      const info = { key, sizeBytes: bytes.length, modifiedAt: clock.now() };
      objects.set(key, { bytes, info });
      await onWritten?.({ ...info });
      return { ...info };
    },
    async *list(prefix) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix));
      for (const key of keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
        const info = objects.get(key)?.info;
        if (info) yield { ...info };
      }
    },
    async remove(key) {
      objects.delete(key);
    },
  };
}

async function bytesOf(body: ObjectBody): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body.slice();
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk.slice());
  return Uint8Array.from(Buffer.concat(chunks));
}
