import { isUtf8 } from 'node:buffer';
import type { PiiMasker } from '@data-master/pii-masking';
import { textProblem, tooLong } from './csv-framer.ts';
import { readFlatJson, type FlatJson } from './flat-json.ts';
import type { InputColumn } from './input-columns.ts';
import { alignedJson, holdsPersonal, maximumOriginalCharacters, showName, unalignedCsv, verbatim } from './original-text.ts';
import type { LineJudge, LineJudgement } from './line-reader.ts';
import { createRowJudge } from './row-judge.ts';

/** Decides exactly whether a line of JSON is a row. */
export function createJsonJudge(columns: readonly InputColumn[], masker: PiiMasker): LineJudge {
  const judge = createRowJudge(columns, masker);
  const isPersonal = holdsPersonal(columns);
  const known = new Map(columns.map((each, index) => [each.column.name, index]));
  const unreadable = (record: Buffer, reason: string): LineJudgement => ({
    rejection: { reason, original: isPersonal ? unalignedCsv(record.toString('utf8', 0, maximumOriginalCharacters * 4), masker) : verbatim(record) },
  });
  return ({ record, endless }) => {
    if (endless) return unreadable(record, tooLong);
    const problem = isUtf8(record) ? undefined : textProblem(record);
    if (problem) return unreadable(record, problem);
    const text = record.toString('utf8');
    if (/^\s*$/.test(text)) return {};
    const object = readFlatJson(text);
    if (typeof object === 'string') return unreadable(record, object);
    const reject = (column: string | undefined, reason: string): LineJudgement => ({
      rejection: { ...(column !== undefined && { column }), reason, original: isPersonal ? alignedJson(columns, texts(object), masker) : verbatim(record) },
    });
    const cells: (string | null)[] = columns.map(() => null);
    for (const [name, field] of object) {
      const index = known.get(name);
      if (index === undefined) return reject(undefined, `the record has the unknown field ${showName(name)}, expected ${columns.map(({ column }) => column.name).join(', ')}`);
      if (field.kind === 'nested') return reject(name, `${name} is an object or array, expected ${columns[index]?.expected}`);
      if (field.kind !== 'string' && field.text !== null && columns[index]?.column.type === 'string') return reject(name, `${name} is a JSON ${field.kind}, expected a JSON string`);
      cells[index] = field.text;
    }
    const { values, misfit } = judge(cells);
    return values ? { values } : reject(misfit.column, misfit.reason);
  };
}

function texts(object: FlatJson): Map<string, string | null> {
  return new Map([...object].map(([name, { text }]) => [name, text]));
}
