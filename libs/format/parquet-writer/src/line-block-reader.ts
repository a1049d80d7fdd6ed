import type { BlockRecordReader } from './csv-block-reader.ts';
import { createLineReader, type LineJudge } from './line-reader.ts';
import { createReadyCsvBuilder } from './ready-csv.ts';
import type { Rejection } from './rejection.ts';

/** Reads records of a line each; every accepted row is written anew as CSV. */
export function createLineBlockReader(judge: LineJudge, firstRow: number): BlockRecordReader {
  const read = createLineReader(judge, firstRow);
  return (block) => {
    const builder = createReadyCsvBuilder(block.length);
    const rejections: Rejection[] = [];
    let rows = 0;
    for (const { row, values, rejection } of read(block)) {
      if (rejection) rejections.push(rejection);
      else {
        builder.addValues(row, values);
        rows += 1;
      }
    }
    block.release();
    return { rejections, ...(rows > 0 && { ready: builder.build() }) };
  };
}
