import { deflateRawSync, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import { compileDecoder, compileEncoder, encodeLong, takeBytes, takeInt, type AvroRecord, type AvroSchema, type Cursor } from './avro-codec.ts';
import { CorruptFileError, IcebergError, UnsupportedFeatureError } from './errors.ts';

const magic = Buffer.from('Obj\x01', 'latin1');
const recordsPerBlock = 1000;
const metadataSchema = { type: 'map', values: 'bytes' };

/** Content of an Avro object container file. */
export interface AvroFile {
  /** Header keys as text, `avro.schema` included. */
  header: Map<string, string>;
  records: AvroRecord[];
}

/** Writes an Avro object container file, deflated; `sync` is the 16-byte block marker. Inverse of `readAvroFile`. */
export function writeAvroFile(
  schema: AvroSchema,
  header: Readonly<Record<string, string>>,
  records: readonly AvroRecord[],
  sync: Uint8Array,
): Uint8Array {
  const entries = Object.entries({ ...header, 'avro.schema': JSON.stringify(schema), 'avro.codec': 'deflate' });
  const out: Uint8Array[] = [magic, encodeLong(entries.length)];
  for (const [key, value] of entries) {
    for (const text of [key, value]) {
      const bytes = Buffer.from(text, 'utf8');
      out.push(encodeLong(bytes.length), bytes);
    }
  }
  out.push(encodeLong(0), sync);
  const encode = compileEncoder(schema);
  for (let start = 0; start < records.length; start += recordsPerBlock) {
    const block = records.slice(start, start + recordsPerBlock);
    const parts: Uint8Array[] = [];
    for (const record of block) encode(record, parts);
    const body = deflateRawSync(Buffer.concat(parts));
    out.push(encodeLong(block.length), encodeLong(body.length), body, sync);
  }
  return Buffer.concat(out);
}

/** Reads an Avro object container file whole; CorruptFileError when a byte is missing or wrong, never a part of the records. */
export function readAvroFile(bytes: Uint8Array, file: string): AvroFile {
  try {
    return parseAvroFile({ bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 }, file);
  } catch (cause) {
    if (cause instanceof IcebergError) throw cause;
    throw new CorruptFileError(file, `${bytes.length} bytes that break off or make no sense (${(cause as Error).message})`, 'a whole Avro file', {
      cause,
    });
  }
}

function parseAvroFile(cursor: Cursor, file: string): AvroFile {
  if (!takeBytes(cursor, Math.min(4, cursor.bytes.length)).equals(magic)) {
    throw new CorruptFileError(file, `${cursor.bytes.length} bytes without the Avro mark`, 'an Avro file');
  }
  const entries = compileDecoder(metadataSchema)(cursor) as [string, Buffer][];
  const header = new Map(entries.map(([key, value]) => [key, value.toString('utf8')]));
  const decompress = decompressor(header.get('avro.codec') ?? 'null', file);
  const decode = compileDecoder(JSON.parse(header.get('avro.schema') ?? 'null') as AvroSchema);
  const sync = takeBytes(cursor, 16);
  const records: AvroRecord[] = [];
  while (cursor.offset < cursor.bytes.length) {
    const count = takeInt(cursor);
    const block: Cursor = { bytes: decompress(takeBytes(cursor, takeInt(cursor))), offset: 0 };
    for (let left = count; left > 0; left--) records.push(decode(block) as AvroRecord);
    if (block.offset !== block.bytes.length) throw new RangeError(`block of ${block.bytes.length} bytes ends at ${block.offset}`);
    if (!takeBytes(cursor, 16).equals(sync)) throw new RangeError(`block marker before ${cursor.offset} differs`);
  }
  return { header, records };
}

function decompressor(codec: string, file: string): (bytes: Buffer) => Buffer {
  if (codec === 'null') return (bytes) => bytes;
  if (codec === 'deflate') return inflateRawSync;
  if (codec === 'zstandard') return zstdDecompressSync;
  throw new UnsupportedFeatureError(file, `Avro codec "${codec}"`, 'null, deflate or zstandard');
}
