import { constants, createGunzip, createInflateRaw, createZstdDecompress, type Gunzip, type InflateRaw, type ZstdDecompress } from 'node:zlib';
import { TerminalError } from '@data-master/ports';

/** A compression of a stream of bytes. */
export type Compression = 'gzip' | 'zstd' | 'deflate';

type Inflater = Gunzip | InflateRaw | ZstdDecompress;

const chunkSize = 256 * 1024;

const inflaters: Record<Compression, () => Inflater> = {
  gzip: () => createGunzip({ chunkSize, finishFlush: constants.Z_FINISH }),
  deflate: () => createInflateRaw({ chunkSize, finishFlush: constants.Z_FINISH }),
  zstd: () => createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: 27 } }),
};

/** Bytes above which a stream has to be less than `expansion` times as large as it was compressed. */
export interface ExpansionLimit {
  freeBytes: number;
  expansion: number;
}

export const usualExpansion: ExpansionLimit = { freeBytes: 256 * 1024 * 1024, expansion: 500 };

/**
 * Decompresses a stream, of several gzip members or zstd frames too. Broken, cut or foreign bytes and more bytes than
 * an honest file holds are a TerminalError.
 */
export async function* decompress(pieces: AsyncIterable<Uint8Array>, compression: Compression, name: string, limit: ExpansionLimit = usualExpansion): AsyncGenerator<Uint8Array> {
  const input = createInput(pieces);
  let bytes = 0;
  try {
    do {
      for await (const piece of inflate(input, compression, name)) {
        bytes += piece.length;
        if (bytes > limit.freeBytes && bytes > input.takenBytes() * limit.expansion) throw tooLarge(name, bytes, input.takenBytes(), limit);
        yield piece;
      }
    } while (await input.hasMore());
  } finally {
    await input.close();
  }
}

/** Decompresses up to the end of the input, or for zstd of a frame in the middle of a piece; the rest is given back. */
async function* inflate(input: Input, compression: Compression, name: string): AsyncGenerator<Uint8Array> {
  const inflater = inflaters[compression]();
  const fed: Uint8Array[] = [];
  let doneBytes = 0;
  let inputError: unknown;
  const feed = async (): Promise<void> => {
    try {
      for (let piece = await input.next(); piece; piece = await input.next()) {
        fed.push(piece);
        if (!inflater.destroyed && !inflater.write(piece)) await drained(inflater);
        for (; fed[0] && doneBytes + fed[0].length <= inflater.bytesWritten; fed.shift()) doneBytes += fed[0].length;
        if (inflater.destroyed) return;
      }
      inflater.end();
    } catch (error) {
      inputError = error;
      inflater.destroy();
    }
  };
  const feeding = feed();
  try {
    for await (const piece of inflater as AsyncIterable<Uint8Array>) yield piece;
  } catch (error) {
    throw inputError ?? broken(name, compression, error instanceof Error ? error.message : String(error), error);
  } finally {
    inflater.destroy();
    await feeding;
  }
  if (inputError) throw inputError;
  const rest = Buffer.concat(fed).subarray(inflater.bytesWritten - doneBytes);
  if (rest.length > 0 && compression !== 'zstd') throw broken(name, compression, `${rest.length} bytes or more after its end are no part of it`);
  input.giveBack(rest);
}

/** Pieces that are taken one by one, and may be given back. */
interface Input {
  next(): Promise<Uint8Array | undefined>;
  giveBack(piece: Uint8Array): void;
  hasMore(): Promise<boolean>;
  takenBytes(): number;
  close(): Promise<void>;
}

function createInput(pieces: AsyncIterable<Uint8Array>): Input {
  const iterator = pieces[Symbol.asyncIterator]();
  const back: Uint8Array[] = [];
  let taken = 0;
  const next = async (): Promise<Uint8Array | undefined> => {
    const given = back.pop();
    if (given) return given;
    const result = await iterator.next();
    if (result.done) return undefined;
    taken += result.value.length;
    return result.value;
  };
  const giveBack = (piece: Uint8Array): void => {
    if (piece.length > 0) back.push(piece);
  };
  return {
    next,
    giveBack,
    hasMore: async () => {
      const piece = await next();
      if (piece) giveBack(piece);
      return piece !== undefined;
    },
    takenBytes: () => taken,
    close: async () => void (await iterator.return?.()),
  };
}

/** The error of a file that would become far larger than it looks. */
export function tooLarge(name: string, bytes: number, compressedBytes: number, { freeBytes, expansion }: ExpansionLimit): TerminalError {
  return new TerminalError(`${name} grows from ${compressedBytes} bytes to ${bytes} or more; expected at most ${expansion} times its size beyond ${freeBytes} bytes; look at what wrote it, or put it into raw uncompressed`);
}

/** Resolves when the stream takes more, or never will. */
function drained(stream: Inflater): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      stream.off('drain', settle).off('close', settle);
      resolve();
    };
    stream.on('drain', settle).on('close', settle);
  });
}

function broken(name: string, compression: Compression, found: string, cause?: unknown): TerminalError {
  return new TerminalError(`${name} is broken ${compression}: ${found}; expected a whole ${compression} file; write it again`, { cause });
}
