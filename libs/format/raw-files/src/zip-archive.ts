import { crc32 } from 'node:zlib';
import { TerminalError } from '@data-master/ports';
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry } from 'yauzl';
import { streamRange, type ByteRanges } from './byte-ranges.ts';
import { decompress, tooLarge, usualExpansion, type Compression, type ExpansionLimit } from './decompress.ts';

/** A file inside a zip archive. */
export interface ZipEntry {
  /** Its path in the archive. */
  path: string;
  sizeBytes: number;
  /** The decompressed bytes; that they are not those of the directory is a TerminalError. */
  read: () => AsyncGenerator<Uint8Array>;
}

const maximumEntries = 10_000;
const compressions: Record<number, Compression | 'none'> = { 0: 'none', 8: 'deflate', 93: 'zstd' };

/** The files of an archive in the order of its directory; folders and what macOS adds are left out. */
export async function openZip(ranges: ByteRanges, name: string, limit: ExpansionLimit = usualExpansion): Promise<ZipEntry[]> {
  const broken = (error: unknown): TerminalError => (error instanceof TerminalError ? error : new TerminalError(`${name} is a broken zip archive: ${error instanceof Error ? error.message : String(error)}; expected a whole one; write it again`, { cause: error }));
  try {
    const archive = await fromRandomAccessReaderPromise(new RangeReader(ranges), ranges.sizeBytes, { autoClose: false });
    if (archive.entryCount > maximumEntries) throw new TerminalError(`${name} has ${archive.entryCount} entries; expected at most ${maximumEntries}; split it`);
    const entries = (await listEntries(archive)).filter(({ fileName }) => !/(?:\/|(?:^|\/)__MACOSX\/.*|(?:^|\/)\.DS_Store)$/.test(fileName));
    const bytes = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
    if (bytes > limit.freeBytes && bytes > ranges.sizeBytes * limit.expansion) throw tooLarge(name, bytes, ranges.sizeBytes, limit);
    return entries.map((entry) => ({
      path: entry.fileName,
      sizeBytes: entry.uncompressedSize,
      read: async function* () {
        const { fileDataStart } = await archive.readLocalFileHeaderPromise(entry, { minimal: true }).catch((error: unknown) => { throw broken(error); });
        yield* readEntry(entry, streamRange(ranges, fileDataStart, fileDataStart + entry.compressedSize), `${showPath(entry.fileName)} in ${name}`, limit);
      },
    }));
  } catch (error) {
    throw broken(error);
  }
}

/** The path of an entry as messages show it. */
export function showPath(path: string): string {
  return JSON.stringify(path.length > 100 ? `${path.slice(0, 100)}…` : path);
}

async function* readEntry(entry: Entry, stored: AsyncGenerator<Uint8Array>, name: string, limit: ExpansionLimit): AsyncGenerator<Uint8Array> {
  const compression = compressions[entry.compressionMethod];
  if (entry.isEncrypted()) throw new TerminalError(`${name} has a password; expected an archive without one; pack it again`);
  if (!compression) throw new TerminalError(`${name} is compressed by method ${entry.compressionMethod}; expected deflate, zstd or none; pack it again`);
  let bytes = 0;
  let checksum = 0;
  for await (const piece of compression === 'none' ? stored : decompress(stored, compression, name, limit)) {
    bytes += piece.length;
    checksum = crc32(piece, checksum);
    yield piece;
  }
  if (bytes !== entry.uncompressedSize || checksum !== entry.crc32) throw new TerminalError(`${name} has ${bytes} bytes with checksum ${checksum}; expected ${entry.uncompressedSize} with ${entry.crc32}, as the directory of the archive says; write it again`);
}

function listEntries(archive: Awaited<ReturnType<typeof fromRandomAccessReaderPromise>>): Promise<Entry[]> {
  const entries: Entry[] = [];
  return new Promise((resolve, reject) => {
    archive.on('entry', (entry: Entry) => {
      entries.push(entry);
      archive.readEntry();
    });
    archive.on('end', () => resolve(entries));
    archive.on('error', reject);
    archive.readEntry();
  });
}

class RangeReader extends RandomAccessReader {
  private readonly ranges: ByteRanges;

  constructor(ranges: ByteRanges) {
    super();
    this.ranges = ranges;
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, callback: (error: Error | null, bytesRead?: number) => void): void {
    this.ranges.read(position, position + length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        callback(null, bytes.length);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }
}
