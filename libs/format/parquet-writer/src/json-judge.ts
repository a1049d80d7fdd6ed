import { isUtf8 } from 'node:buffer';
import type { PiiMasker } from '@data-master/pii-masking';
import type { Block } from './block-reader.ts';
import type { UnknownKind } from './convert-command.ts';
import { textProblem, tooLong } from './csv-framer.ts';
import { readFlatJson, type FlatJson } from './flat-json.ts';
import type { InputColumn } from './input-columns.ts';
import { alignedJson, holdsPersonal, maximumOriginalCharacters, showName, unalignedCsv, verbatim } from './original-text.ts';
import type { Rejection } from './rejection.ts';
import { createRowJudge, type Judgement } from './row-judge.ts';

/** A line without its end. */
export interface LineFrame {
  record: Buffer;
  next: number;
  endless?: boolean;
}

/** The next line of a block; undefined when it ends in the next block or the block has ended. */
export function frameLine({ bytes, length, consumed, full }: Block): LineFrame | undefined {
  if (consumed >= length) return undefined;
  const lineEnd = bytes.indexOf(10, consumed);
  if (lineEnd >= 0 && lineEnd < length) return { record: bytes.subarray(consumed, lineEnd), next: lineEnd + 1 };
  return consumed === 0 && full ? { record: bytes.subarray(0, length), next: length, endless: true } : undefined;
}

/** Is told of a member that was left out of a row. */
export type OnUnknown = (name: string, kind: UnknownKind) => void;

/** What a line came to; neither values nor rejection when it is blank. */
export interface JsonJudgement {
  values?: NonNullable<Judgement['values']>;
  rejection?: Omit<Rejection, 'line' | 'row'>;
}

/**
 * Decides exactly whether a line of JSON is a row. A change that says its position in a log has the columns that its source
 * has: those that the contract does not name are told to `onUnknown` and left out. In any other record they are a fault.
 */
export function createJsonJudge(columns: readonly InputColumn[], masker: PiiMasker, onUnknown: OnUnknown = () => undefined): (frame: LineFrame) => JsonJudgement {
  const judge = createRowJudge(columns, masker);
  const isPersonal = holdsPersonal(columns);
  const known = new Map(columns.map((each, index) => [each.column.name, index]));
  const unreadable = (record: Buffer, reason: string): JsonJudgement => ({
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
    const reject = (column: string | undefined, reason: string): JsonJudgement => ({
      rejection: { ...(column !== undefined && { column }), reason, original: isPersonal ? alignedJson(columns, texts(object), masker) : verbatim(record) },
    });
    const cells: (string | null)[] = columns.map(() => null);
    const isChange = object.has('_position');
    const left: [name: string, kind: UnknownKind][] = [];
    for (const [name, field] of object) {
      const index = known.get(name);
      if (index === undefined && isChange) {
        left.push([showName(name), field.kind]);
        continue;
      }
      if (index === undefined) return reject(undefined, `the record has the unknown field ${showName(name)}, expected ${columns.map(({ column }) => column.name).join(', ')}`);
      if (field.kind === 'nested') return reject(name, `${name} is an object or array, expected ${columns[index]?.expected}`);
      if (field.kind !== 'string' && field.text !== null && columns[index]?.column.type === 'string') return reject(name, `${name} is a JSON ${field.kind}, expected a JSON string`);
      cells[index] = field.text;
    }
    const { values, misfit } = judge(cells);
    if (!values) return reject(misfit.column, misfit.reason);
    for (const [name, kind] of left) onUnknown(name, kind);
    return { values };
  };
}

function texts(object: FlatJson): Map<string, string | null> {
  return new Map([...object].map(([name, { text }]) => [name, text]));
}
