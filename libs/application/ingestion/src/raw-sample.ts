import { createHash } from 'node:crypto';
import type { FileFormat } from '@data-master/control-records';
import type { ObjectInfo, ObjectStore } from '@data-master/ports';
import { openRawFiles, type RawFile } from '@data-master/raw-files';
import type { FileLayout } from '@data-master/table-contracts';
import type { ObjectLayout } from './file-layout.ts';

const sampleSizeBytes = 256 * 1024;
/** Lines of an archive are counted up to this many decompressed bytes. */
const countedBytes = 16 * 1024 * 1024;
/** A row of a few cells in the XML of a workbook. */
const workbookRowBytes = 200;

export interface RawInspection {
  /** SHA-256 of the object's bytes, and of its own layout, by which they mean something else; hexadecimal. */
  checksum: string;
  /** Records of the whole: as the file says, or reckoned from the lines of its first 256 KiB. */
  recordCount: number;
  format: FileFormat;
}

/** Reads an object once, and of a file with an index that, in bounded memory, for what its control record says of it. */
export async function inspectRawObject(info: ObjectInfo, store: ObjectStore, { layout, own }: ObjectLayout): Promise<RawInspection> {
  const hash = createHash('sha256');
  const head: Uint8Array[] = [];
  let headSizeBytes = 0;
  for await (const chunk of store.read(info.key)) {
    hash.update(chunk);
    if (headSizeBytes >= sampleSizeBytes) continue;
    head.push(chunk);
    headSizeBytes += chunk.byteLength;
  }
  if (own !== undefined) hash.update(own);
  return { checksum: hash.digest('hex'), ...(await inspectHead(Buffer.concat(head), info, store, layout)) };
}

/** What cannot be read is found out by the ingest, which says so. */
async function inspectHead(head: Buffer, info: ObjectInfo, store: ObjectStore, layout?: FileLayout): Promise<Omit<RawInspection, 'checksum'>> {
  try {
    for await (const file of openRawFiles({ ...store, read: () => once(head) }, info.key)) return await inspectFile(file, head.length, info, layout);
  } catch {
    return { format: 'csv', recordCount: 0 };
  }
  return { format: 'csv', recordCount: 0 };
}

async function inspectFile(file: RawFile, headBytes: number, { sizeBytes }: ObjectInfo, layout?: FileLayout): Promise<Omit<RawInspection, 'checksum'>> {
  if (file.kind !== 'text') return { format: file.kind, recordCount: await countTable(file, headBytes, sizeBytes) };
  const { lines, bytes, begin } = await countLines(file.bytes, file.archiveBytes === undefined ? Infinity : countedBytes);
  const format = layout?.lines ? 'log' : /^\uFEFF?\s*\{/.test(begin) ? 'json' : 'csv';
  const whole = file.archiveBytes === undefined ? sizeBytes / headBytes : file.archiveBytes / bytes;
  const count = whole > 1 ? Math.round(lines * whole) : lines;
  return { format, recordCount: Math.max(0, format === 'csv' ? count - 1 : count) };
}

/** The lines of what is readable, as a compressed head ends in the middle. */
async function countLines(pieces: AsyncIterable<Uint8Array>, enoughBytes: number): Promise<{ lines: number; bytes: number; begin: string }> {
  let lines = 0;
  let bytes = 0;
  let begin = '';
  let last: number | undefined = 10;
  try {
    for await (const piece of pieces) {
      if (bytes === 0) begin = Buffer.from(piece.subarray(0, 64)).toString();
      for (const byte of piece) if (byte === 10) lines += 1;
      bytes += piece.length;
      last = piece[piece.length - 1];
      if (bytes >= enoughBytes) break;
    }
  } catch {
    last = 10;
  }
  return { lines: last === 10 ? lines : lines + 1, bytes, begin };
}

async function countTable(file: Extract<RawFile, { open: unknown }>, headBytes: number, sizeBytes: number): Promise<number> {
  if (file.kind === 'xlsx') return Math.ceil((file.archiveBytes ?? 0) / workbookRowBytes);
  const table = await file.open();
  return table.rowCount ?? Math.round(await countRows(table.rows([])) * Math.max(1, sizeBytes / headBytes));
}

/** The rows of what is readable. */
async function countRows(batches: AsyncIterable<readonly unknown[]>): Promise<number> {
  let rows = 0;
  try {
    for await (const batch of batches) rows += batch.length;
  } catch {
    return rows;
  }
  return rows;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
