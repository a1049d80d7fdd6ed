import { isUtf8 } from 'node:buffer';
import { maximumRecordBytes, type Block } from './block-reader.ts';

/** Where a record of CSV ends, and its cells or why it has none. */
export interface CsvFrame {
  /** Offset after the content, before the line end. */
  end: number;
  /** Offset after the line end. */
  next: number;
  /** Line feeds from the beginning of the record to `next`. */
  lines: number;
  /** A missing value (empty and not quoted) is null; absent when `problem` is set. */
  cells?: (string | null)[];
  problem?: string;
  /** No line end within the limit: the rest of the line is to be skipped as far as it goes on in later blocks. */
  endless?: boolean;
}

const comma = 44;
const quote = 34;
const lineFeed = 10;
const carriageReturn = 13;

/**
 * The record of RFC 4180 that begins at `start`; undefined when its end lies in the next block, which is to begin with
 * it. Quotes that break the rules, or do not close within the limit, reject the line in which the record begins, and
 * the next line begins the next record.
 */
export function frameCsvRecord(block: Block, start: number): CsvFrame | undefined {
  const { bytes, length, final } = block;
  const complete = final || (block.full && start === 0);
  const cells: [from: number, to: number, quoted: boolean][] = [];
  let lines = 0;
  for (let position = start; ;) {
    const quoted = bytes[position] === quote;
    const from = quoted ? position + 1 : position;
    let to: number;
    if (quoted) {
      to = endOfQuoted(bytes, from, length);
      if (to < 0) return complete ? rejectLine(block, start, `a quote never closes within ${maximumRecordBytes} bytes or before the end, expected a closing quote`) : undefined;
      position = to + 1;
      const after = bytes[position];
      if (after !== comma && after !== lineFeed && !(after === carriageReturn && bytes[position + 1] === lineFeed)) {
        if (position + 1 >= length && !final) return complete ? rejectLine(block, start, tooLong) : undefined;
        return rejectLine(block, start, 'text follows a closing quote, expected a comma or the end of the line');
      }
      for (let at = bytes.indexOf(lineFeed, from); at >= 0 && at < to; at = bytes.indexOf(lineFeed, at + 1)) lines += 1;
      if (after === carriageReturn) position += 1;
    } else {
      while (position < length && bytes[position] !== comma && bytes[position] !== lineFeed && bytes[position] !== quote) position += 1;
      if (position >= length) return complete ? rejectLine(block, start, tooLong) : undefined;
      if (bytes[position] === quote) return rejectLine(block, start, 'a quote stands inside a cell that is not quoted, expected the cell in quotes and the quote doubled');
      to = bytes[position] === lineFeed && position > from && bytes[position - 1] === carriageReturn ? position - 1 : position;
    }
    cells.push([from, to, quoted]);
    if (bytes[position] === lineFeed) {
      const end = bytes[position - 1] === carriageReturn && position > start ? position - 1 : position;
      const frame = { end, next: position + 1, lines: lines + 1 };
      const problem = textProblem(bytes.subarray(start, end));
      return problem ? { ...frame, problem } : { ...frame, cells: cells.map(([cellFrom, cellTo, isQuoted]) => cellText(bytes, cellFrom, cellTo, isQuoted)) };
    }
    position += 1;
  }
}

/** Why bytes are no text that a table may hold, if so. */
export function textProblem(record: Buffer): string | undefined {
  if (!isUtf8(record)) return 'the record is not UTF-8, expected text in UTF-8';
  return record.includes(0) ? 'the record has a NUL character, expected text without' : undefined;
}

export const tooLong = `the record is longer than ${maximumRecordBytes} bytes, expected a shorter one`;

function endOfQuoted(bytes: Buffer, from: number, length: number): number {
  for (let at = bytes.indexOf(quote, from); at >= 0 && at < length; at = bytes.indexOf(quote, at + 2)) {
    if (bytes[at + 1] !== quote || at + 1 >= length) return at;
  }
  return -1;
}

function rejectLine({ bytes, length, full }: Block, start: number, problem: string): CsvFrame | undefined {
  const lineEnd = bytes.indexOf(lineFeed, start);
  if (lineEnd < 0 || lineEnd >= length) return full && start === 0 ? { end: length, next: length, lines: 0, problem: tooLong, endless: true } : undefined;
  return { end: lineEnd > start && bytes[lineEnd - 1] === carriageReturn ? lineEnd - 1 : lineEnd, next: lineEnd + 1, lines: 1, problem };
}

function cellText(bytes: Buffer, from: number, to: number, quoted: boolean): string | null {
  if (from === to) return quoted ? '' : null;
  const text = bytes.toString('utf8', from, to);
  return quoted && text.includes('"') ? text.replaceAll('""', '"') : text;
}
