import type { Cell } from '@data-master/raw-files';

const pieceBytes = 256 * 1024;
const comma = 44;
const quote = 34;
const lineFeed = 10;
const carriageReturn = 13;

/**
 * Rows of cells as CSV without header: text quoted where it has to be, an empty text in quotes, nothing for null, and
 * bytes as they are, so that reading it judges them as those of any other file. Each row ends with `emptyCells` more.
 */
export async function* formatCsv(batches: AsyncIterable<readonly (readonly Cell[])[]>, emptyCells: number): AsyncGenerator<Uint8Array> {
  const rowEnd = Buffer.from(`${','.repeat(emptyCells)}\n`);
  let bytes = Buffer.allocUnsafe(pieceBytes);
  let length = 0;
  const reserve = (needed: number): void => {
    if (length + needed <= bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(bytes.length * 2, length + needed));
    bytes.copy(grown, 0, 0, length);
    bytes = grown;
  };
  const addCell = (cell: Cell): void => {
    if (cell === null) return;
    const sizeBytes = typeof cell === 'string' ? cell.length * 3 : cell.length;
    reserve(2 * sizeBytes + 4);
    const from = length;
    length += typeof cell === 'string' ? writeText(bytes, cell, length) : writeBytes(bytes, cell, length);
    if (length === from || mustQuote(bytes, from, length)) length = quoteInPlace(bytes, from, length);
  };
  for await (const batch of batches) {
    for (const row of batch) {
      for (let index = 0; index < row.length; index++) {
        if (index > 0) {
          reserve(1);
          bytes[length++] = comma;
        }
        addCell(row[index] as Cell);
      }
      reserve(rowEnd.length);
      bytes.set(rowEnd, length);
      length += rowEnd.length;
      if (length < pieceBytes - 4096) continue;
      yield bytes.subarray(0, length);
      bytes = Buffer.allocUnsafe(pieceBytes);
      length = 0;
    }
  }
  if (length > 0) yield bytes.subarray(0, length);
}

/** Short texts are mostly ASCII, which is quicker written here than by a call. */
function writeText(bytes: Buffer, text: string, offset: number): number {
  if (text.length > 32) return bytes.write(text, offset);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return bytes.write(text, offset);
    bytes[offset + index] = code;
  }
  return text.length;
}

function writeBytes(bytes: Buffer, cell: Uint8Array, offset: number): number {
  bytes.set(cell, offset);
  return cell.length;
}

function mustQuote(bytes: Buffer, from: number, to: number): boolean {
  for (let index = from; index < to; index++) {
    const byte = bytes[index];
    if (byte === comma || byte === quote || byte === lineFeed || byte === carriageReturn) return true;
  }
  return false;
}

function quoteInPlace(bytes: Buffer, from: number, to: number): number {
  const cell = Buffer.from(bytes.subarray(from, to));
  let length = from;
  bytes[length++] = quote;
  for (const byte of cell) {
    if (byte === quote) bytes[length++] = quote;
    bytes[length++] = byte;
  }
  bytes[length++] = quote;
  return length;
}
