import { crc32, deflateRawSync, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import snappy from 'snappyjs';
import { AvroUnsupportedError } from './errors.ts';

/** A block, compressed or not, has at most this many bytes; a longer one is refused unread. */
export const maximumBlockBytes = 64 * 1024 * 1024;

const bounded = { maxOutputLength: maximumBlockBytes };

const decompressors: Record<string, (bytes: Buffer) => Buffer> = {
  null: (bytes) => bytes,
  deflate: (bytes) => inflateRawSync(bytes, bounded),
  zstandard: (bytes) => zstdDecompressSync(bytes, bounded),
  snappy: (bytes) => {
    const content = snappy.uncompress(bytes.subarray(0, -4), maximumBlockBytes);
    if (bytes.length < 4 || crc32(content) !== bytes.readUInt32BE(bytes.length - 4)) throw new RangeError('the checksum differs');
    return content;
  },
};

export function requireDecompressor(codec: string): (bytes: Buffer) => Buffer {
  const found = Object.hasOwn(decompressors, codec) ? decompressors[codec] : undefined;
  if (!found) throw new AvroUnsupportedError(`the codec ${JSON.stringify(codec.slice(0, 100))}`, `one of ${Object.keys(decompressors).join(', ')}`);
  return found;
}

/** The codec that every reader of Avro knows. */
export const writtenCodec = { name: 'deflate', compress: (bytes: Uint8Array): Buffer => deflateRawSync(bytes) };
