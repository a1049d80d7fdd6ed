import { isUtf8 } from 'node:buffer';
import type { PiiMasker } from '@data-master/pii-masking';
import { textProblem, tooLong } from './csv-framer.ts';
import { createJsonJudge } from './json-judge.ts';
import { createLineParser } from './line-parser.ts';
import type { LineJudge, LineJudgement } from './line-reader.ts';
import type { Input } from './open-input.ts';
import { alignedJson, holdsPersonal, maximumOriginalCharacters, unalignedCsv, verbatim } from './original-text.ts';
import { createRowJudge } from './row-judge.ts';

/** A line of a log may have this many bytes; a longer one is rejected. */
const maximumLineBytes = 64 * 1024;

/** The judge of the lines of an input that is no CSV. */
export function createLineJudge(input: Exclude<Input, { format: 'csv' }>, masker: PiiMasker): LineJudge {
  if (input.format === 'ndjson') return createJsonJudge(input.columns, masker);
  const { columns, lines } = input;
  const judge = createRowJudge(columns, masker);
  const parse = createLineParser(lines);
  const named = columns.map((each) => ({ ...each, path: each.column.name }));
  const isPersonal = holdsPersonal(columns);
  const unreadable = (record: Buffer, reason: string): LineJudgement => ({
    rejection: { reason, original: isPersonal ? unalignedCsv(record.toString('utf8', 0, maximumOriginalCharacters * 4), masker) : verbatim(record) },
  });
  return ({ record, endless }) => {
    if (endless) return unreadable(record, tooLong);
    if (record.length > maximumLineBytes) return unreadable(record, `the line has ${record.length} bytes, expected at most ${maximumLineBytes}`);
    const problem = isUtf8(record) ? undefined : textProblem(record);
    if (problem) return unreadable(record, problem);
    const line = record.toString('utf8').replace(/\r$/, '');
    if (/^\s*$/.test(line)) return {};
    const cells = parse(line);
    if (typeof cells === 'string') return unreadable(record, cells);
    const { values, misfit } = judge(columns.map(({ column }) => cells.get(column.name) ?? null));
    if (values) return { values };
    return { rejection: { ...(misfit.column !== undefined && { column: misfit.column }), reason: misfit.reason, original: isPersonal ? alignedJson(named, cells, masker) : verbatim(record) } };
  };
}
