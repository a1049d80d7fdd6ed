import type { PiiMasker } from '@data-master/pii-masking';
import type { BlockRecordReader } from './csv-block-reader.ts';
import type { InputColumn } from './input-columns.ts';
import type { OnUnknown } from './json-judge.ts';
import { createParsedJsonReader } from './ndjson-reader.ts';
import { createReadyCsvBuilder } from './ready-csv.ts';
import type { Rejection } from './rejection.ts';

/** Reads lines of JSON; every accepted row is written anew as CSV. */
export function createNdjsonBlockReader(columns: readonly InputColumn[], masker: PiiMasker, onUnknown?: OnUnknown): BlockRecordReader {
  const read = createParsedJsonReader(columns, masker, onUnknown);
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
