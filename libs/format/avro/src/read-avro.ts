import { maximumBlockBytes, requireDecompressor } from './block-codecs.ts';
import { takeBytes, takeInt, type ByteCursor } from './byte-cursor.ts';
import { compileDecoder, type Decode } from './decoder.ts';
import { AvroFileError } from './errors.ts';
import { plainForm } from './logical-types.ts';
import type { AvroForm, AvroRecord, AvroSchema } from './schema.ts';

export const magic = Buffer.from('Obj\x01', 'latin1');
export const syncBytes = 16;
const metadataSchema: AvroSchema = { type: 'map', values: 'bytes' };
const maximumHeaderBytes = 16 * 1024 * 1024;
const recordsAtOnce = 1000;
const wholeFile = 'a whole Avro file';

/** Content of a container file. */
export interface AvroFile {
  /** Entries of the header, `avro.schema` and `avro.codec` included. */
  header: ReadonlyMap<string, string>;
  records: AvroRecord[];
}

/**
 * Reads a container file as it arrives, some records at a time; memory holds one block. AvroFileError, which names the
 * block, when a byte is missing or wrong: a block is given whole or not at all.
 */
export async function* readAvroRecords(chunks: AsyncIterable<Uint8Array>, form: AvroForm = plainForm): AsyncGenerator<AvroRecord[]> {
  const parser = createParser(form);
  for await (const chunk of chunks) yield* parser.push(chunk);
  parser.end();
}

/** A container file whose records are still to come. */
export interface OpenAvroFile {
  /** The schema that wrote the records. */
  schema: AvroSchema;
  /** As `readAvroRecords` gives them. */
  records: AsyncGenerator<AvroRecord[]>;
}

/** Reads the header of a container file, so that its schema is known before its records; else as `readAvroRecords`. */
export async function openAvroFile(chunks: AsyncIterable<Uint8Array>, form: AvroForm = plainForm): Promise<OpenAvroFile> {
  const parser = createParser(form);
  const given = chunks[Symbol.asyncIterator]();
  const rest: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => given };
  let pushed: Generator<AvroRecord[]> | undefined;
  let first: IteratorResult<AvroRecord[], unknown> | undefined;
  while (!parser.header()) {
    const next = await given.next();
    if (next.done) break;
    pushed = parser.push(next.value);
    first = pushed.next();
  }
  const header = parser.header() ?? parser.end();
  return {
    schema: JSON.parse(header.get('avro.schema') ?? 'null') as AvroSchema,
    records: (async function* () {
      if (first && !first.done) yield first.value;
      yield* pushed ?? [];
      for await (const chunk of rest) yield* parser.push(chunk);
      parser.end();
    })(),
  };
}

/** Reads a container file that is in memory; else as `readAvroRecords`. */
export function parseAvroFile(bytes: Uint8Array, form: AvroForm = plainForm): AvroFile {
  const parser = createParser(form);
  const records = [...parser.push(bytes)].flat();
  return { header: parser.end(), records };
}

interface Opened {
  header: ReadonlyMap<string, string>;
  decompress: (bytes: Buffer) => Buffer;
  decode: Decode;
  sync: Buffer;
}

/** What the bytes at hand are not enough for, and how many would be. */
class MoreBytes extends Error {
  readonly wanted: number;
  constructor(wanted: number) {
    super();
    this.wanted = wanted;
  }
}

function createParser(form: AvroForm) {
  let parts: Buffer[] = [];
  let held = 0;
  let wanted = magic.length;
  let position = 0;
  let blocks = 0;
  let file: Opened | undefined;
  const place = (): string => (file ? `block ${blocks + 1} at byte ${position}` : 'a header');

  /** Takes the header or a block; undefined when bytes are missing. */
  function take(cursor: ByteCursor): AvroRecord[] | undefined {
    try {
      if (file) return takeBlock(cursor, file);
      file = takeHeader(cursor, form);
      return [];
    } catch (error) {
      if (error instanceof AvroFileError) throw error;
      if (!(error instanceof MoreBytes)) throw new AvroFileError(`${place()} that makes no sense (${(error as Error).message})`, wholeFile);
      wanted = error.wanted;
      return undefined;
    }
  }

  return {
    *push(chunk: Uint8Array): Generator<AvroRecord[]> {
      parts.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
      held += chunk.length;
      while (held >= wanted) {
        const cursor = { bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts), offset: 0 };
        const wasOpen = file !== undefined;
        const records = take(cursor);
        parts = [cursor.bytes];
        if (!records) continue;
        parts = [cursor.bytes.subarray(cursor.offset)];
        held -= cursor.offset;
        position += cursor.offset;
        blocks += wasOpen ? 1 : 0;
        wanted = 1;
        for (let start = 0; start < records.length; start += recordsAtOnce) yield records.slice(start, start + recordsAtOnce);
      }
    },
    /** The header once it was read. */
    header: () => file?.header,
    /** The header; AvroFileError when the file breaks off. */
    end(): ReadonlyMap<string, string> {
      if (!file || held > 0) throw new AvroFileError(`${place()} that breaks off after ${held} bytes`, wholeFile);
      return file.header;
    },
  };
}

function takeHeader(cursor: ByteCursor, form: AvroForm): Opened {
  const have = cursor.bytes.length;
  if (!cursor.bytes.subarray(0, magic.length).equals(magic)) throw new AvroFileError(`a file that begins with the bytes ${cursor.bytes.toString('hex', 0, magic.length)}`, `${magic.toString('hex')}, the mark of Avro`);
  cursor.offset = magic.length;
  let entries: [string, Buffer][];
  let sync: Buffer;
  try {
    entries = Object.entries(compileDecoder(metadataSchema, plainForm)(cursor) as Record<string, Buffer>);
    sync = takeBytes(cursor, syncBytes);
  } catch (error) {
    if (have > maximumHeaderBytes) throw error;
    throw new MoreBytes(have + 1);
  }
  const header = new Map(entries.map(([key, value]) => [key, value.toString('utf8')]));
  const decompress = requireDecompressor(header.get('avro.codec') ?? 'null');
  return { header, decompress, decode: compileDecoder(JSON.parse(header.get('avro.schema') ?? 'null') as AvroSchema, form), sync };
}

const longestPrefix = 20;

function takeBlock(cursor: ByteCursor, { decompress, decode, sync }: Opened): AvroRecord[] {
  const have = cursor.bytes.length;
  let count: number;
  let sizeBytes: number;
  try {
    count = takeInt(cursor);
    sizeBytes = takeInt(cursor);
  } catch (error) {
    if (have >= longestPrefix) throw error;
    throw new MoreBytes(have + 1);
  }
  if (sizeBytes > maximumBlockBytes || sizeBytes < 0 || count < 0) throw new RangeError(`${count} records in ${sizeBytes} bytes, expected at most ${maximumBlockBytes}`);
  const end = cursor.offset + sizeBytes + syncBytes;
  if (have < end) throw new MoreBytes(end);
  const block: ByteCursor = { bytes: decompress(takeBytes(cursor, sizeBytes)), offset: 0 };
  if (count > block.bytes.length + recordsAtOnce) throw new RangeError(`${count} records in ${block.bytes.length} bytes`);
  const records: AvroRecord[] = [];
  for (let left = count; left > 0; left--) records.push(decode(block) as AvroRecord);
  if (block.offset !== block.bytes.length) throw new RangeError(`its ${block.bytes.length} bytes end at ${block.offset}`);
  if (!takeBytes(cursor, syncBytes).equals(sync)) throw new RangeError('the marker at its end differs');
  return records;
}
