import { isUtf8 } from 'node:buffer';
import type { PiiMasker } from '@data-master/pii-masking';
import { beginsWithByteOrderMark, type Block } from './block-reader.ts';
import { frameCsvRecord, type CsvFrame } from './csv-framer.ts';
import { createCsvScanner } from './csv-scanner.ts';
import type { InputColumn } from './input-columns.ts';
import { alignedCsv, holdsPersonal, maximumOriginalCharacters, unalignedCsv, verbatim } from './original-text.ts';
import { createReadyCsvBuilder, type ReadyCsv } from './ready-csv.ts';
import type { Rejection } from './rejection.ts';
import { createRowJudge } from './row-judge.ts';
import { createLineSkipper } from './line-skipper.ts';

/** What a block of an input came to. */
export interface ReadBlock {
  ready?: ReadyCsv;
  rejections: Rejection[];
}

/** What the first record of a file is numbered by. */
export interface RecordNumbers {
  /** Its physical line. */
  firstLine: number;
  firstRow: number;
}

/** Reads blocks in their order, each from its first unconsumed byte. */
export type BlockRecordReader = (block: Block) => ReadBlock;

/**
 * Reads records of CSV. A block without anything unusual is passed on as it is; in any other, each record is numbered
 * and those that need it are judged one by one and written anew.
 */
export function createCsvBlockReader(columns: readonly InputColumn[], masker: PiiMasker, { firstLine, firstRow }: RecordNumbers): BlockRecordReader {
  const scanner = createCsvScanner(columns);
  const judge = createRowJudge(columns, masker);
  const skipper = createLineSkipper();
  let line = firstLine;
  let row = firstRow;

  const readClean = (block: Block): ReadyCsv | undefined => {
    scanner.reset();
    const from = block.consumed;
    let position = from;
    let rows = 0;
    let innerLines = 0;
    for (;;) {
      const next = scanner.scan(block.bytes, position);
      if (next < 0) break;
      position = next;
      rows += 1;
      innerLines = scanner.seen.innerLines;
    }
    const { carriageReturns } = scanner.seen;
    const whole = position === block.length || (!block.final && frameCsvRecord(block, position) === undefined);
    if (!whole || rows === 0 || (carriageReturns > 0 && carriageReturns < rows)) return undefined;
    const bytes = block.bytes.subarray(from, position);
    // The engine leaves out a mark at the beginning of what it reads, where here it is of the first value.
    if (!isUtf8(bytes) || beginsWithByteOrderMark(bytes)) return undefined;
    const ready: ReadyCsv = { bytes, rows, newline: carriageReturns > 0 ? '\\r\\n' : '\\n', numbering: { firstRow: row }, release: () => block.release() };
    block.consumed = position;
    line += rows + innerLines;
    row += rows;
    return ready;
  };

  const readCarefully = (block: Block): ReadBlock => {
    const builder = createReadyCsvBuilder(block.length + block.length / 8 + 1024);
    const rejections: Rejection[] = [];
    let rows = 0;
    while (block.consumed < block.length) {
      const position = block.consumed;
      const blank = blankLine(block.bytes, position);
      if (blank > 0) {
        block.consumed += blank;
        line += 1;
        continue;
      }
      scanner.reset();
      const next = scanner.scan(block.bytes, position);
      if (next > 0 && isUtf8(block.bytes.subarray(position, next))) {
        builder.addRecord(row, block.bytes, position, next - 1 - scanner.seen.carriageReturns);
        line += 1 + scanner.seen.innerLines;
        rows += 1;
        block.consumed = next;
      } else {
        const frame = frameCsvRecord(block, position);
        if (!frame) break;
        const rejection = judgeFrame(block, position, frame);
        if (rejection) rejections.push(rejection);
        else rows += 1;
        line += frame.lines;
        block.consumed = frame.next;
        if (frame.endless) skipper.begin();
      }
      row += 1;
    }
    function judgeFrame({ bytes }: Block, position: number, { cells, problem, end }: CsvFrame): Rejection | undefined {
      const judgement = cells && judge(cells);
      if (judgement?.values) {
        builder.addValues(row, judgement.values);
        return undefined;
      }
      return rejectCsv(columns, masker, { line, row, cells, problem, record: bytes.subarray(position, end), misfit: judgement?.misfit });
    }
    block.release();
    return { rejections, ...(rows > 0 && { ready: builder.build() }) };
  };

  return (block) => {
    line += skipper.skip(block);
    const ready = readClean(block);
    return ready ? { ready, rejections: [] } : readCarefully(block);
  };
}

/** The rejection of a record of CSV: in full detail when its cells are those of the columns, masked when they are not. */
export function rejectCsv(
  columns: readonly InputColumn[], masker: PiiMasker,
  { line, row, cells, problem, record, misfit }: { line: number; row: number; cells?: (string | null)[]; problem?: string; record: Buffer; misfit?: { column?: string; reason: string } },
): Rejection {
  const aligned = cells?.length === columns.length;
  return {
    line, row,
    ...(misfit?.column !== undefined && { column: misfit.column }),
    reason: misfit?.reason ?? problem ?? 'the record is no row of the table',
    original: originalCsv(columns, record, aligned ? cells : undefined, masker),
  };
}

function originalCsv(columns: readonly InputColumn[], record: Buffer, aligned: readonly (string | null)[] | undefined, masker: PiiMasker): string {
  if (!holdsPersonal(columns)) return verbatim(record);
  return aligned ? alignedCsv(columns, aligned, masker) : unalignedCsv(record.toString('utf8', 0, maximumOriginalCharacters * 4), masker);
}

/** Length of the empty line at `position`, 0 when it is not empty. */
export function blankLine(bytes: Buffer, position: number): number {
  if (bytes[position] === 10) return 1;
  return bytes[position] === 13 && bytes[position + 1] === 10 ? 2 : 0;
}
