import { TerminalError, type ObjectStore } from '@data-master/ports';

/** Bytes that can be read at any place. */
export interface ByteRanges {
  sizeBytes: number;
  /** Bytes `start` (inclusive) to `end` (exclusive); beyond `sizeBytes` is a TerminalError. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** What is read ahead of small reads, which come one after the other. */
const windowBytes = 256 * 1024;
const pieceBytes = 1024 * 1024;
/** What is not an object of its own but has to be read at any place is held in memory up to this size. */
const heldBytes = 64 * 1024 * 1024;

/** The bytes of an object; small reads share one request. */
export async function objectRanges(store: ObjectStore, key: string, onProgress?: (readBytes: number) => void): Promise<ByteRanges> {
  const info = await store.head(key);
  if (!info) throw new TerminalError(`object ${key} is gone; expected it to stay while it is read; put it back, then retry`);
  const { sizeBytes } = info;
  let readBytes = 0;
  const fetch = async (start: number, end: number): Promise<Uint8Array> => {
    const bytes = await store.readRange(key, start, end);
    if (bytes.length !== end - start) throw new TerminalError(`object ${key} gave ${bytes.length} bytes from ${start}; expected ${end - start}; it was replaced while it was read: retry`);
    readBytes += bytes.length;
    onProgress?.(Math.min(readBytes, sizeBytes));
    return bytes;
  };
  let window: { start: number; bytes: Uint8Array } = { start: 0, bytes: new Uint8Array() };
  return within(`object ${key}`, sizeBytes, async (start, end) => {
    if (end - start >= windowBytes) return fetch(start, end);
    if (start < window.start || end > window.start + window.bytes.length) {
      const from = Math.max(0, Math.min(start, sizeBytes - windowBytes));
      window = { start: from, bytes: await fetch(from, Math.min(sizeBytes, from + windowBytes)) };
    }
    return window.bytes.subarray(start - window.start, end - window.start);
  });
}

/** A stream held in memory, so that it can be read at any place. */
export async function holdRanges(pieces: AsyncIterable<Uint8Array>, name: string): Promise<ByteRanges> {
  const held: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of pieces) {
    held.push(piece);
    sizeBytes += piece.length;
    if (sizeBytes > heldBytes) throw new TerminalError(`${name} has more than ${heldBytes} bytes inside a compressed file; expected a Parquet file or workbook as an object of its own; put it into raw without compressing it again`);
  }
  const bytes = Buffer.concat(held);
  return within(name, sizeBytes, async (start, end) => bytes.subarray(start, end));
}

/** The bytes of a range in pieces. */
export async function* streamRange(ranges: ByteRanges, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let from = start; from < end; from += pieceBytes) yield ranges.read(from, Math.min(end, from + pieceBytes));
}

function within(name: string, sizeBytes: number, read: ByteRanges['read']): ByteRanges {
  return {
    sizeBytes,
    read: async (start, end) => {
      if (!(start >= 0 && start <= end && end <= sizeBytes)) throw new TerminalError(`${name} ends at byte ${sizeBytes} and says it has bytes ${start} to ${end}; expected a whole file; write it again`);
      return start === end ? new Uint8Array() : read(start, end);
    },
  };
}
