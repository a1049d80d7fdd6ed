/** Buffers by prefix, each put when it is full. */
export interface Buffers {
  add: (prefix: string, data: Uint8Array) => Promise<void>;
  /** Puts what is left, as when the interval ends. */
  flush: () => Promise<void>;
}

/** Gathers data up to a size; `put` gets a prefix and what is under it. */
export function createBuffers(sizeBytes: number, put: (prefix: string, parts: readonly Uint8Array[]) => Promise<void>): Buffers {
  const buffers = new Map<string, { parts: Uint8Array[]; bytes: number }>();
  const empty = async (prefix: string): Promise<void> => {
    const { parts } = buffers.get(prefix)!;
    buffers.delete(prefix);
    await put(prefix, parts);
  };
  return {
    async add(prefix, data) {
      const buffer = buffers.get(prefix) ?? { parts: [], bytes: 0 };
      buffers.set(prefix, buffer);
      buffer.parts.push(data);
      buffer.bytes += data.length;
      if (buffer.bytes >= sizeBytes) await empty(prefix);
    },
    async flush() {
      for (const prefix of [...buffers.keys()]) await empty(prefix);
    },
  };
}
