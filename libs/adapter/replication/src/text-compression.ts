import { promisify } from 'node:util';
import { constants, createGzip, createZstdCompress, gzip, zstdCompress } from 'node:zlib';
import type { Transform } from 'node:stream';
import type { CompressionType, FileSettings } from '@data-master/change-events';
import { TerminalError } from '@data-master/ports';

export interface TextCompression {
  /** Ends the names of files. */
  extension: string;
  whole: (text: Uint8Array) => Promise<Uint8Array>;
  /** Undefined for none. */
  stream: (() => Transform) | undefined;
}

const fastGzip = { level: constants.Z_BEST_SPEED };

/** Compressions of text; Parquet compresses within. */
const textCompressions: Partial<Record<CompressionType, TextCompression>> = {
  none: { extension: '', whole: async (text) => text, stream: undefined },
  gzip: { extension: '.gz', whole: (text) => promisify(gzip)(text, fastGzip), stream: () => createGzip(fastGzip) },
  zstd: { extension: '.zst', whole: promisify(zstdCompress), stream: () => createZstdCompress() },
};

/** The compression of text files; TerminalError for one that only Parquet has. */
export function textCompressionOf({ dataFormat, compressionType = 'gzip' }: FileSettings): TextCompression {
  const found = textCompressions[compressionType];
  if (!found) throw new TerminalError(`compression ${compressionType} of ${dataFormat ?? 'csv and json'} files; expected none, gzip or zstd; choose one of these, or the format parquet`);
  return found;
}
