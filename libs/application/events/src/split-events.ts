import { maxEventBytes } from './validate-event.ts';

/** An event of a file. */
export interface FileEvent {
  /** The line at which it begins, from 1. */
  line: number;
  sizeBytes: number;
  /** Absent when the event is larger than any event may be: only its size is kept. */
  bytes?: Uint8Array;
}

const lineFeed = 10;

/**
 * Cuts a file into events: one a line, empty lines passed over, or with `isOneEvent` the whole file. Memory holds one
 * chunk and one event, however large the file or a line is.
 */
export async function* splitEvents(chunks: AsyncIterable<Uint8Array>, isOneEvent = false): AsyncGenerator<FileEvent> {
  let line = 1;
  let parts: Uint8Array[] = [];
  let sizeBytes = 0;
  const add = (part: Uint8Array): void => {
    sizeBytes += part.length;
    if (sizeBytes > maxEventBytes) parts = [];
    else parts.push(part);
  };
  const take = (): FileEvent[] => {
    const event: FileEvent = sizeBytes > maxEventBytes ? { line, sizeBytes } : { line, sizeBytes, bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts) };
    parts = [];
    sizeBytes = 0;
    return !isOneEvent && event.bytes && isBlank(event.bytes) ? [] : [event];
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = isOneEvent ? -1 : chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      add(chunk.subarray(start, end));
      yield* take();
      start = end + 1;
      line += 1;
    }
    add(chunk.subarray(start));
  }
  yield* take();
}

const isBlank = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 32 || byte === 9 || byte === 13 || byte === lineFeed);
