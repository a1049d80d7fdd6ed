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
  const inflater = inflaters[compression]();
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
  let bytes = 0;
  try {
    for await (const piece of inflater as AsyncIterable<Uint8Array>) {
      bytes += piece.length;
      if (bytes > limit.freeBytes && bytes > compressedBytes * limit.expansion) throw tooLarge(name, bytes, compressedBytes, limit);
      yield piece;
    }
    await feeding;
  } catch (error) {
    if (inputError) throw inputError;
    if (error instanceof TerminalError) throw error;
    throw broken(name, compression, error instanceof Error ? error.message : String(error), error);
  } finally {
    inflater.destroy();
    await feeding;
  }
  if (inputError) throw inputError;
  if (inflater.bytesWritten !== compressedBytes) throw broken(name, compression, `${compressedBytes - inflater.bytesWritten} bytes after its end are no ${compression === 'gzip' ? 'gzip member' : 'part of it'}`);
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
