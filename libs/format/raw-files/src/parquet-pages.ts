import { brotliDecompressSync, crc32, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { TerminalError } from '@data-master/ports';
import type { ColumnMetaData, CompressionCodec, Compressors, PageHeader, SchemaTree } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage, readDataPage, readDataPageV2 } from 'hyparquet/src/datapage.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { getMaxDefinitionLevel } from 'hyparquet/src/schema.js';
import { decompressLz4, decompressLz4Raw } from 'hyparquet-compressors';
import type { ByteRanges } from './byte-ranges.ts';

/** A value as Parquet stores it, without its logical type. */
export type StoredValue = number | bigint | boolean | Uint8Array;

/** The values of one page of a column, missing ones as null. */
export type Page = ArrayLike<StoredValue | null>;

/** The names of a leaf column and the way to it in the schema, root first. */
export interface LeafColumn {
  name: string;
  path: SchemaTree[];
}

const headerBytes = 64 * 1024;
const maximumPageBytes = 256 * 1024 * 1024;
const maximumPageValues = 2 ** 24;

const inflate = (decompressSync: (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array) => (bytes: Uint8Array, sizeBytes: number): Uint8Array => decompressSync(bytes, { maxOutputLength: sizeBytes });

/** A page without values may be compressed to bytes that no decompressor takes. */
const unlessEmpty = (decompress: (bytes: Uint8Array, sizeBytes: number) => Uint8Array) => (bytes: Uint8Array, sizeBytes: number): Uint8Array => (sizeBytes === 0 ? new Uint8Array() : decompress(bytes, sizeBytes));

const compressors: Compressors = {
  GZIP: unlessEmpty(inflate(gunzipSync)),
  BROTLI: unlessEmpty(inflate(brotliDecompressSync)),
  ZSTD: unlessEmpty(inflate(zstdDecompressSync)),
  LZ4: unlessEmpty(decompressLz4),
  LZ4_RAW: unlessEmpty(decompressLz4Raw),
};

/** Reads the pages of one column of one row group, one at a time. */
export async function* readPages(ranges: ByteRanges, { path }: LeafColumn, chunk: ColumnMetaData, name: string): AsyncGenerator<Page> {
  const { element } = path[path.length - 1] as SchemaTree;
  const decoder = { element, schemaPath: path, type: chunk.type, codec: chunk.codec, compressors, pathInSchema: chunk.path_in_schema, utf8: false };
  const maximumLevel = getMaxDefinitionLevel(path);
  let position = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
  const end = position + Number(chunk.total_compressed_size);
  let dictionary: ArrayLike<StoredValue> | undefined;
  let left = Number(chunk.num_values);
  while (left > 0) {
    const head = await ranges.read(position, Math.min(end, position + headerBytes));
    const { header, sizeBytes } = parse(name, () => readHeader(head, name));
    const bytes = await ranges.read(position + sizeBytes, position + sizeBytes + header.compressed_page_size);
    position += sizeBytes + header.compressed_page_size;
    if (header.crc !== undefined && crc32(bytes) !== header.crc >>> 0) throw new TerminalError(`${name} has a page whose checksum is not ${header.crc >>> 0}, as its header says; expected a whole file; write it again`);
    if (header.dictionary_page_header) {
      dictionary = parse(name, () => readDictionary(bytes, header, { codec: chunk.codec, type: chunk.type, fixedBytes: element.type_length }));
      continue;
    }
    if (!header.data_page_header && !header.data_page_header_v2) continue;
    const { definitionLevels, dataPage, encoding } = parse(name, () => decodePage(bytes, header, decoder));
    const stored = encoding?.endsWith('_DICTIONARY') ? lookUp(dataPage as ArrayLike<number>, dictionary, name) : (dataPage as ArrayLike<StoredValue>);
    const page = definitionLevels?.length ? withNulls(stored, definitionLevels, maximumLevel, name) : stored;
    left -= page.length;
    if (page.length > 0) yield page;
    else if (position >= end) break;
  }
  if (left !== 0) throw new TerminalError(`${name} has ${Number(chunk.num_values) - left} values in column ${chunk.path_in_schema.join('.')}; expected ${chunk.num_values}; write it again`);
}

/** Runs what throws errors of its own at bytes that are no Parquet. */
export function parse<Result>(name: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof TerminalError) throw error;
    throw new TerminalError(`${name} is broken Parquet: ${error instanceof Error ? error.message : String(error)}; expected a whole file; write it again`, { cause: error });
  }
}

/** No parser is needed, as values stay as they are stored. */
type Decoder = Omit<Parameters<typeof readDataPage>[2], 'parsers'>;

function decodePage(bytes: Uint8Array, header: PageHeader, decoder: Decoder) {
  const { data_page_header: first, data_page_header_v2: second } = header;
  const column = decoder as Parameters<typeof readDataPage>[2];
  return first
    ? { ...readDataPage(decompressPage(bytes, header.uncompressed_page_size, decoder.codec, compressors), first, column), encoding: first.encoding }
    : { ...readDataPageV2(bytes, header, column), encoding: second?.encoding };
}

function readHeader(bytes: Uint8Array, name: string): { header: PageHeader; sizeBytes: number } {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  const header = parquetHeader(reader);
  const { compressed_page_size: compressed, uncompressed_page_size: whole } = header;
  const values = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values ?? header.dictionary_page_header?.num_values ?? 0;
  const sane = [compressed, whole].every((size) => size >= 0 && size <= maximumPageBytes) && values >= 0 && values <= maximumPageValues;
  if (!sane) throw new TerminalError(`${name} has a page of ${values} values and ${whole} bytes; expected at most ${maximumPageValues} and ${maximumPageBytes}; write it with smaller pages`);
  return { header, sizeBytes: reader.offset };
}

function readDictionary(bytes: Uint8Array, header: PageHeader, { codec, type, fixedBytes }: { codec: CompressionCodec; type: ColumnMetaData['type']; fixedBytes: number | undefined }): ArrayLike<StoredValue> {
  const page = decompressPage(bytes, header.uncompressed_page_size, codec, compressors);
  const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: 0 };
  return readPlain(reader, type, header.dictionary_page_header?.num_values ?? 0, fixedBytes) as ArrayLike<StoredValue>;
}

function lookUp(indexes: ArrayLike<number>, dictionary: ArrayLike<StoredValue> | undefined, name: string): StoredValue[] {
  const values: StoredValue[] = new Array<StoredValue>(indexes.length);
  for (let index = 0; index < indexes.length; index++) {
    const value = dictionary?.[indexes[index] as number];
    if (value === undefined) throw new TerminalError(`${name} refers to entry ${indexes[index]} of a dictionary of ${dictionary?.length ?? 0}; expected a whole file; write it again`);
    values[index] = value;
  }
  return values;
}

function withNulls(stored: ArrayLike<StoredValue>, levels: readonly number[], maximumLevel: number, name: string): (StoredValue | null)[] {
  let taken = 0;
  const values = levels.map((level) => (level === maximumLevel ? (stored[taken++] as StoredValue) : null));
  if (taken !== stored.length) throw new TerminalError(`${name} has a page of ${stored.length} values and ${taken} places for them; expected as many; write it again`);
  return values;
}
