import type { RowValue } from '@data-master/table-contracts';
import type { Block } from './block-reader.ts';
import { createLineSkipper } from './line-skipper.ts';
import type { Rejection } from './rejection.ts';

/** A record and what it came to. */
export type ReadRecord =
  | { row: number; values: (RowValue | null)[]; rejection?: undefined }
  | { row: number; rejection: Rejection; values?: undefined };

/** A line without its end. */
export interface LineFrame {
  record: Buffer;
  next: number;
  endless?: boolean;
}

/** What a line came to; neither values nor rejection when it is blank. */
export interface LineJudgement {
  values?: (RowValue | null)[];
  rejection?: Omit<Rejection, 'line' | 'row'>;
}

/** Decides exactly whether a line is a row. */
export type LineJudge = (frame: LineFrame) => LineJudgement;

/** Reads records of a line each; blank lines are no records. */
export function createLineReader(judge: LineJudge, firstRow: number): (block: Block) => Generator<ReadRecord> {
  const skipper = createLineSkipper();
  let line = 1;
  let row = firstRow;
  return function* read(block) {
    line += skipper.skip(block);
    for (let frame = frameLine(block); frame; frame = frameLine(block)) {
      block.consumed = frame.next;
      if (frame.endless) skipper.begin();
      const { values, rejection } = judge(frame);
      if (values) yield { row, values };
      else if (rejection) yield { row, rejection: { line, row, ...rejection } };
      if (values ?? rejection) row += 1;
      line += frame.endless ? 0 : 1;
    }
  };
}

/** The next line of a block; undefined when it ends in the next block or the block has ended. */
function frameLine({ bytes, length, consumed, full }: Block): LineFrame | undefined {
  if (consumed >= length) return undefined;
  const lineEnd = bytes.indexOf(10, consumed);
  if (lineEnd >= 0 && lineEnd < length) return { record: bytes.subarray(consumed, lineEnd), next: lineEnd + 1 };
  return consumed === 0 && full ? { record: bytes.subarray(0, length), next: length, endless: true } : undefined;
}
