/** A record with its line end may have this many bytes; a longer one is rejected. */
export const maximumRecordBytes = 8 * 1024 * 1024;

const usualBlockBytes = 4 * 1024 * 1024;

/** Consecutive bytes of a text, beginning with a record. */
export interface Block {
  /** Followed by a zero byte at `length`. */
  bytes: Buffer;
  length: number;
  /** No block follows; a line feed ends the last record. */
  final: boolean;
  /** As long as a block may be: a record that begins it and does not end in it is too long. */
  full: boolean;
  /** Set by the reader of the block: how many bytes are done with. The rest begins the next block, which is longer when nothing was done. */
  consumed: number;
  /** Hands the memory back for a later block; nobody may read it afterwards. */
  release(): void;
}

export interface BlockOptions {
  /** Bytes of a block, unless its first record needs more. */
  blockBytes?: number;
  limitBytes?: number;
}

const lineFeed = 10;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

export const beginsWithByteOrderMark = (bytes: Uint8Array): boolean => byteOrderMark.equals(bytes.subarray(0, byteOrderMark.length));

/** Cuts a stream into blocks; a byte order mark is left out. Empty input gives no block. */
export async function* readBlocks(pieces: AsyncIterable<Uint8Array>, { blockBytes = usualBlockBytes, limitBytes = maximumRecordBytes }: BlockOptions = {}): AsyncGenerator<Block> {
  let capacity = Math.min(blockBytes, limitBytes);
  const free: Buffer[] = [];
  const allocate = (): Buffer => {
    const fit = free.findIndex((each) => each.length === capacity + 2);
    return free.splice(fit, fit < 0 ? 0 : 1)[0] ?? Buffer.allocUnsafeSlow(capacity + 2);
  };
  let bytes = allocate();
  let length = 0;
  let started = false;
  const emit = function* (final: boolean): Generator<Block> {
    if (!started && beginsWithByteOrderMark(bytes.subarray(0, length))) {
      bytes.copyWithin(0, 3, length);
      length -= 3;
    }
    started = true;
    if (final && length > 0 && bytes[length - 1] !== lineFeed) bytes[length++] = lineFeed;
    if (length === 0) return;
    bytes[length] = 0;
    const own = bytes;
    const block: Block = { bytes, length, final, full: capacity === limitBytes, consumed: 0, release: () => void free.push(own) };
    yield block;
    const usual = Math.min(blockBytes, limitBytes);
    capacity = block.consumed > 0 && length - block.consumed < usual ? usual : limitBytes;
    const next = allocate();
    length = bytes.copy(next, 0, block.consumed, length);
    bytes = next;
  };
  for await (const piece of pieces) {
    for (let offset = 0; offset < piece.length;) {
      const taken = Math.min(piece.length - offset, capacity - length);
      bytes.set(piece.subarray(offset, offset + taken), length);
      length += taken;
      offset += taken;
      if (length === capacity) yield* emit(false);
    }
  }
  yield* emit(true);
}
