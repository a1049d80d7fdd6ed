import { TerminalError, type ObjectStore } from '@data-master/ports';
import { holdRanges, objectRanges, type ByteRanges } from './byte-ranges.ts';
import { decompress, type ExpansionLimit } from './decompress.ts';
import { fileKindOf, signatureBytes, type FileKind } from './file-kind.ts';
import type { TableReader } from './table-reader.ts';
import { openZip, showPath } from './zip-archive.ts';

/** A file of a raw object: the object itself or an entry of it, decompressed. */
export type RawFile = {
  /** What messages call it. */
  name: string;
  /** Its path in a zip archive. */
  entry?: string;
  /** Bytes of all files of its archive, decompressed. */
  archiveBytes?: number;
} & (
  | { kind: 'text'; bytes: AsyncGenerator<Uint8Array> }
  | { kind: 'parquet' | 'avro' | 'xlsx'; open(options?: OpenTableOptions): Promise<TableReader> }
);

export interface OpenTableOptions {
  /** Sheet of a workbook; the first visible one when absent. */
  sheet?: string;
}

export interface RawFilesOptions {
  /** Bytes read of the object so far, before decompression. */
  onProgress?: (readBytes: number) => void;
  expansion?: ExpansionLimit;
}

/** Bytes that may turn out to be anything: as a stream, or read at any place. */
interface Source {
  name: string;
  entry?: string;
  archiveBytes?: number;
  pieces: AsyncGenerator<Uint8Array>;
  /** The same at any place; `pieces` are the whole, or closed. */
  ranges(pieces: AsyncGenerator<Uint8Array>): Promise<ByteRanges>;
  /** Compressions and archives that it came out of. */
  depth: number;
}

const maximumDepth = 3;

/**
 * The files of a raw object, one after the other, each to be read before the next is asked for. What they are is told
 * from their content. What cannot be read (broken, encrypted, an archive in an archive) is a TerminalError.
 */
export async function* openRawFiles(store: ObjectStore, key: string, { onProgress, expansion }: RawFilesOptions = {}): AsyncGenerator<RawFile> {
  const pieces = countBytes(store.read(key), onProgress);
  const ranges = async (): Promise<ByteRanges> => {
    await pieces.return(undefined);
    return objectRanges(store, key, onProgress);
  };
  yield* openSource({ name: `object ${key}`, pieces, depth: 0, ranges }, expansion);
}

async function* openSource(source: Source, expansion?: ExpansionLimit): AsyncGenerator<RawFile> {
  const { name, depth } = source;
  const { kind, pieces } = await tellKind(source.pieces);
  const own = placeOf(source);
  try {
    if (typeof kind === 'object') throw new TerminalError(`${name} is ${kind.refused}`);
    if (kind === 'gzip' || kind === 'zstd') {
      if (depth >= maximumDepth) throw new TerminalError(`${name} is compressed more than ${maximumDepth} times; expected once; pack it again`);
      yield* openSource({ ...source, pieces: decompress(pieces, kind, name, expansion), depth: depth + 1, ranges: (rest) => holdRanges(rest, name) }, expansion);
    } else if (kind === 'zip') yield* openArchive(source, await source.ranges(pieces), expansion);
    else if (kind === 'text') yield { ...own, kind, bytes: pieces };
    else if (kind === 'avro') yield { ...own, kind, open: async () => (await import('./avro-table.ts')).openAvro(pieces, name) };
    else yield { ...own, kind, open: async () => (await import('./parquet-table.ts')).openParquet(await source.ranges(pieces), name) };
  } finally {
    await source.pieces.return(undefined);
  }
}

async function* openArchive(source: Source, ranges: ByteRanges, expansion?: ExpansionLimit): AsyncGenerator<RawFile> {
  const { name, entry } = source;
  const entries = await openZip(ranges, name, expansion);
  const archiveBytes = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (entries.some(({ path }) => path === 'content.xml')) throw new TerminalError(`${name} is an OpenDocument file; expected an .xlsx workbook; save it as one`);
  if (entries.some(({ path }) => path === '[Content_Types].xml')) {
    yield { archiveBytes, ...placeOf(source), kind: 'xlsx', open: async ({ sheet } = {}) => (await import('./excel-table.ts')).openExcel(entries, name, sheet) };
    return;
  }
  if (entry !== undefined) throw new TerminalError(`${name} is an archive inside an archive; expected files; pack them into one archive`);
  if (entries.length === 0) throw new TerminalError(`${name} is an archive without files; expected at least one; pack it again`);
  for (const { path, read } of entries) {
    const inner = `${showPath(path)} in ${name}`;
    yield* openSource({ name: inner, entry: path, archiveBytes, pieces: read(), depth: source.depth + 1, ranges: (rest) => holdRanges(rest, inner) }, expansion);
  }
}

const placeOf = ({ name, entry, archiveBytes }: Source): Pick<RawFile, 'name' | 'entry' | 'archiveBytes'> => ({ name, ...(entry !== undefined && { entry }), ...(archiveBytes !== undefined && { archiveBytes }) });

async function tellKind(pieces: AsyncGenerator<Uint8Array>): Promise<{ kind: FileKind; pieces: AsyncGenerator<Uint8Array> }> {
  const head: Uint8Array[] = [];
  let headBytes = 0;
  while (headBytes < signatureBytes) {
    const next = await pieces.next();
    if (next.done) break;
    head.push(next.value);
    headBytes += next.value.length;
  }
  const first = Buffer.concat(head);
  return { kind: fileKindOf(first), pieces: prepend(first, pieces) };
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
