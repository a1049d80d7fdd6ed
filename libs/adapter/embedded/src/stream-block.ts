import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { recordBytes, type StreamRecord } from '@data-master/ports';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
const options = { params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 } };
const blockBytes = 1 << 20;
const lengthBytes = 4;

/** Many records of one partition as they are stored: one row instead of thousands. */
export interface StreamBlock {
  records: number;
  /** Of keys and data, before compression. */
  bytes: number;
  body: Uint8Array;
}

/** Cuts records into blocks of a bounded size, a longer record alone in one. */
export function cutBlocks(records: readonly StreamRecord[]): StreamRecord[][] {
  const blocks: StreamRecord[][] = [];
  let room = 0;
  for (const record of records) {
    room -= recordBytes(record);
    if (room < 0) {
      blocks.push([]);
      room = blockBytes - recordBytes(record);
    }
    blocks.at(-1)!.push(record);
  }
  return blocks;
}

/** Inverse of `unpackBlock`, but for the keys. */
export async function packBlock(records: readonly StreamRecord[]): Promise<StreamBlock> {
  const parts = records.flatMap(({ data }) => {
    const length = Buffer.allocUnsafe(lengthBytes);
    length.writeUInt32LE(data.length);
    return [length, data];
  });
  return { records: records.length, bytes: records.reduce((sum, record) => sum + recordBytes(record), 0), body: await compress(Buffer.concat(parts), options) };
}

/** The data of a block's records. */
export async function unpackBlock(body: Uint8Array): Promise<Uint8Array[]> {
  const bytes = await decompress(body);
  const records: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const data = start + lengthBytes;
    const end = data + bytes.readUInt32LE(start);
    records.push(bytes.subarray(data, end));
    start = end;
  }
  return records;
}
