import { createHash } from 'node:crypto';
import { constants, gunzipSync } from 'node:zlib';
import type { ObjectInfo, ObjectStore } from '@data-master/ports';

const sampleSizeBytes = 256 * 1024;

export interface RawInspection {
  /** SHA-256 of the object's bytes, hexadecimal. */
  checksum: string;
  /** Lines of the whole, reckoned from the lines of the first 256 KiB. */
  recordCount: number;
  format: 'csv' | 'json';
}

/** Reads an object once, in bounded memory, for what its control record says of it. */
export async function inspectRawObject(info: ObjectInfo, store: ObjectStore): Promise<RawInspection> {
  const hash = createHash('sha256');
  const head: Uint8Array[] = [];
  let headSizeBytes = 0;
  for await (const chunk of store.read(info.key)) {
    hash.update(chunk);
    if (headSizeBytes >= sampleSizeBytes) continue;
    head.push(chunk);
    headSizeBytes += chunk.byteLength;
  }
  return { checksum: hash.digest('hex'), ...estimate(Buffer.concat(head), info.sizeBytes) };
}

function estimate(head: Buffer, totalSizeBytes: number): Pick<RawInspection, 'recordCount' | 'format'> {
  const text = unpack(head);
  let lines = text.length > 0 && text[text.length - 1] !== 10 ? 1 : 0;
  for (const byte of text) if (byte === 10) lines += 1;
  const format = /^\uFEFF?\s*\{/.test(text.toString('utf8', 0, 64)) ? 'json' : 'csv';
  const whole = head.length < totalSizeBytes ? Math.round((lines * totalSizeBytes) / head.length) : lines;
  return { format, recordCount: Math.max(0, format === 'csv' ? whole - 1 : whole) };
}

/** The readable part of a gzip that was cut anywhere; a corrupt one is found out by the ingest, which says so. */
function unpack(head: Buffer): Buffer {
  if (head[0] !== 0x1f || head[1] !== 0x8b) return head;
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}
