/** A record with its line end may have this many bytes; a longer one is rejected. */
export const maximumRecordBytes = 8 * 1024 * 1024;

/** Consecutive bytes of a text, beginning with a record. */
export interface Block {
  /** Followed by a zero byte at `length`. */
  bytes: Buffer;
  length: number;
  /** No block follows; a line feed ends the last record. */
  final: boolean;
  /** Set by the reader of the block: how many bytes are done with. The rest begins the next block. */
  consumed: number;
}

const lineFeed = 10;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Cuts a stream into blocks of `maximumRecordBytes`, full but for the last; a byte order mark is left out. Empty input gives no block. */
export async function* readBlocks(pieces: AsyncIterable<Uint8Array>, blockBytes: number = maximumRecordBytes): AsyncGenerator<Block> {
  let bytes = Buffer.allocUnsafeSlow(blockBytes + 2);
  let length = 0;
  let started = false;
  const emit = function* (final: boolean): Generator<Block> {
    if (!started && bytes.subarray(0, Math.min(3, length)).equals(byteOrderMark)) {
      bytes.copyWithin(0, 3, length);
      length -= 3;
    }
    started = true;
    if (final && length > 0 && bytes[length - 1] !== lineFeed) bytes[length++] = lineFeed;
    if (length === 0) return;
    bytes[length] = 0;
    const block: Block = { bytes, length, final, consumed: 0 };
    yield block;
    const next = Buffer.allocUnsafeSlow(blockBytes + 2);
    length = bytes.copy(next, 0, block.consumed, length);
    bytes = next;
  };
  for await (const piece of pieces) {
    for (let offset = 0; offset < piece.length;) {
      const taken = Math.min(piece.length - offset, blockBytes - length);
      bytes.set(piece.subarray(offset, offset + taken), length);
      length += taken;
      offset += taken;
      if (length === blockBytes) yield* emit(false);
    }
  }
  yield* emit(true);
}
