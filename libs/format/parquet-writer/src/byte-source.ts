import { constants, createGunzip, type Gunzip } from 'node:zlib';
import { TerminalError, type ObjectStore } from '@data-master/ports';

/** The decompressed bytes of an object; gzip is told by its magic number and may have several members. */
export async function* readDecompressed(store: ObjectStore, key: string, onProgress?: (readBytes: number) => void): AsyncGenerator<Uint8Array> {
  const pieces = countBytes(store.read(key), onProgress);
  const head: Uint8Array[] = [];
  let headBytes = 0;
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    head.push(next.value);
    headBytes += next.value.length;
    if (headBytes >= 2) break;
  }
  const first = Buffer.concat(head);
  const all = prepend(first, pieces);
  if (first[0] === 0x1f && first[1] === 0x8b) yield* gunzip(all, key);
  else yield* all;
}

async function* countBytes(pieces: AsyncIterable<Uint8Array>, onProgress?: (readBytes: number) => void): AsyncGenerator<Uint8Array> {
  let readBytes = 0;
  for await (const piece of pieces) {
    readBytes += piece.length;
    onProgress?.(readBytes);
    if (piece.length > 0) yield piece;
  }
}

async function* prepend(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  yield* rest;
}

async function* gunzip(pieces: AsyncIterable<Uint8Array>, key: string): AsyncGenerator<Uint8Array> {
  const inflater = createGunzip({ chunkSize: 256 * 1024, finishFlush: constants.Z_FINISH });
  let compressedBytes = 0;
  let inputError: unknown;
  const feed = async (): Promise<void> => {
    try {
      for await (const piece of pieces) {
        compressedBytes += piece.length;
        if (inflater.destroyed) return;
        if (!inflater.write(piece)) await drained(inflater);
      }
      inflater.end();
    } catch (error) {
      inputError = error;
      inflater.destroy();
    }
  };
  const feeding = feed();
  try {
    for await (const piece of inflater) yield piece as Uint8Array;
    await feeding;
  } catch (error) {
    if (inputError) throw inputError;
    throw corruptGzip(key, error instanceof Error ? error.message : String(error), error);
  } finally {
    inflater.destroy();
    await feeding;
  }
  if (inputError) throw inputError;
  if (inflater.bytesWritten !== compressedBytes) {
    throw corruptGzip(key, `${compressedBytes - inflater.bytesWritten} bytes after its end are no gzip member`);
  }
}

/** Resolves when the stream takes more, or never will. */
function drained(stream: Gunzip): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      stream.off('drain', settle).off('close', settle);
      resolve();
    };
    stream.on('drain', settle).on('close', settle);
  });
}

function corruptGzip(key: string, found: string, cause?: unknown): TerminalError {
  return new TerminalError(`object ${key} is broken gzip: ${found}; expected a whole gzip file; write it again`, { cause });
}
