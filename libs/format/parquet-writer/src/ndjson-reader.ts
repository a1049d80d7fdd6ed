import type { PiiMasker } from '@data-master/pii-masking';
import type { RowValue } from '@data-master/table-contracts';
import type { Block } from './block-reader.ts';
import type { InputColumn } from './input-columns.ts';
import { createJsonJudge, frameLine, type OnUnknown } from './json-judge.ts';
import { createLineSkipper } from './line-skipper.ts';
import type { Rejection } from './rejection.ts';

/** A record and what it came to. */
export type ReadRecord =
  | { row: number; values: (RowValue | null)[]; rejection?: undefined }
  | { row: number; rejection: Rejection; values?: undefined };

/** Reads lines of JSON, one flat object each; blank lines are no records. */
export function createParsedJsonReader(columns: readonly InputColumn[], masker: PiiMasker, onUnknown?: OnUnknown): (block: Block) => Generator<ReadRecord> {
  const judge = createJsonJudge(columns, masker, onUnknown);
  const skipper = createLineSkipper();
  let line = 1;
  let row = 1;
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
