import { parse } from 'csv-parse/sync';
import type { PiiMasker } from '@data-master/pii-masking';
import type { Block } from './block-reader.ts';
import { blankLine, rejectCsv, type RecordNumbers } from './csv-block-reader.ts';
import { frameCsvRecord } from './csv-framer.ts';
import type { InputColumn } from './input-columns.ts';
import { createLineSkipper } from './line-skipper.ts';
import type { ReadRecord } from './line-reader.ts';
import { createRowJudge } from './row-judge.ts';

interface FramedRecord {
  line: number;
  row: number;
  record: Buffer;
  problem?: string;
}

/** Reads records of CSV, the well-formed ones by csv-parse. */
export function createParsedCsvReader(columns: readonly InputColumn[], masker: PiiMasker, { firstLine, firstRow }: RecordNumbers): (block: Block) => Generator<ReadRecord> {
  const judge = createRowJudge(columns, masker);
  const skipper = createLineSkipper();
  let line = firstLine;
  let row = firstRow;

  function* frame(block: Block): Generator<FramedRecord> {
    line += skipper.skip(block);
    while (block.consumed < block.length) {
      const blank = blankLine(block.bytes, block.consumed);
      if (blank > 0) {
        block.consumed += blank;
        line += 1;
        continue;
      }
      const framed = frameCsvRecord(block, block.consumed);
      if (!framed) return;
      yield { line, row, record: block.bytes.subarray(block.consumed, framed.end), ...(framed.problem !== undefined && { problem: framed.problem }) };
      if (framed.endless) skipper.begin();
      block.consumed = framed.next;
      line += framed.lines;
      row += 1;
    }
  }

  return function* read(block) {
    const framed = [...frame(block)];
    const parsed = parseCsv(framed.filter(({ problem }) => problem === undefined).map(({ record }) => record));
    let taken = 0;
    for (const { problem, ...record } of framed) {
      const cells = problem === undefined ? parsed[taken++] : undefined;
      const judgement = cells && judge(cells);
      if (judgement?.values) yield { row: record.row, values: judgement.values };
      else yield { row: record.row, rejection: rejectCsv(columns, masker, { ...record, ...(cells && { cells }), ...(problem !== undefined && { problem }), ...(judgement?.misfit && { misfit: judgement.misfit }) }) };
    }
  };
}

const recordEnd = Buffer.from('\n');

function parseCsv(records: readonly Buffer[]): (string | null)[][] {
  const parsed = parse(Buffer.concat(records.flatMap((record) => [record, recordEnd])), {
    relax_column_count: true,
    record_delimiter: '\n',
    cast: (value, { quoting }) => (value === '' && !quoting ? null : value),
  }) as (string | null)[][];
  if (parsed.length !== records.length) throw new Error(`csv-parse found ${parsed.length} records in ${records.length}; expected the same number`);
  return parsed;
}
