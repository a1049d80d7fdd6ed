import { isUtf8 } from 'node:buffer';
import type { PiiMasker } from '@data-master/pii-masking';
import type { UnknownKind } from './convert-command.ts';
import { textProblem, tooLong } from './csv-framer.ts';
import { readFlatJson, type FlatJson } from './flat-json.ts';
import type { InputColumn } from './input-columns.ts';
import { alignedJson, holdsPersonal, maximumOriginalCharacters, showName, unalignedCsv, verbatim } from './original-text.ts';
import type { LineJudge, LineJudgement } from './line-reader.ts';
import { createRowJudge } from './row-judge.ts';

/** Is told of a member that was left out of a row. */
export type OnUnknown = (name: string, kind: UnknownKind) => void;

/**
 * Decides exactly whether a line of JSON is a row; columns may lie inside records. A change that says its position in a log
 * has the columns that its source has: those that the contract does not name are told to `onUnknown` and left out. In any
 * other record they are a fault.
 */
export function createJsonJudge(columns: readonly InputColumn[], masker: PiiMasker, onUnknown: OnUnknown = () => undefined): LineJudge {
  const judge = createRowJudge(columns, masker);
  const isPersonal = holdsPersonal(columns);
  const known = new Map(columns.map((each, index) => [each.path, index]));
  const records = new Set(columns.flatMap(({ path }) => [...path.matchAll(/\./g)].map(({ index }) => path.slice(0, index))));
  const unreadable = (record: Buffer, reason: string): LineJudgement => ({
    rejection: { reason, original: isPersonal ? unalignedCsv(record.toString('utf8', 0, maximumOriginalCharacters * 4), masker) : verbatim(record) },
  });
  return ({ record, endless }) => {
    if (endless) return unreadable(record, tooLong);
    const problem = isUtf8(record) ? undefined : textProblem(record);
    if (problem) return unreadable(record, problem);
    const text = record.toString('utf8');
    if (/^\s*$/.test(text)) return {};
    const object = readRecord(text, records);
    if (typeof object === 'string') return unreadable(record, object);
    const reject = (column: string | undefined, reason: string): LineJudgement => ({
      rejection: { ...(column !== undefined && { column }), reason, original: isPersonal ? alignedJson(columns, texts(object), masker) : verbatim(record) },
    });
    const cells: (string | null)[] = columns.map(() => null);
    const isChange = object.has('_position');
    const left: [name: string, kind: UnknownKind][] = [];
    for (const [path, field] of object) {
      const index = known.get(path);
      if (index === undefined && records.has(path)) {
        if (field.text === null) continue;
        return reject(undefined, `${path} is ${field.kind === 'nested' ? 'an array' : `a JSON ${field.kind}`}, expected an object`);
      }
      if (index === undefined && isChange) {
        left.push([showPath(path, records), field.kind]);
        continue;
      }
      if (index === undefined) return reject(undefined, `the record has the unknown field ${showPath(path, records)}, expected ${columns.map((each) => each.path).join(', ')}`);
      const { column, expected } = columns[index] as InputColumn;
      if (field.kind === 'nested') return reject(column.name, `${path} is an object or array, expected ${expected}`);
      if (field.kind !== 'string' && field.text !== null && column.type === 'string') return reject(column.name, `${path} is a JSON ${field.kind}, expected a JSON string`);
      cells[index] = field.text;
    }
    const { values, misfit } = judge(cells);
    if (!values) return reject(misfit.column, misfit.reason);
    for (const [name, kind] of left) onUnknown(name, kind);
    return { values };
  };
}

/** The fields of an object, those of the inner `records` by their path. */
function readRecord(text: string, records: ReadonlySet<string>, prefix = ''): FlatJson | string {
  const object = readFlatJson(text);
  if (typeof object === 'string' || records.size === 0) return object;
  const fields: FlatJson = new Map();
  for (const [name, field] of object) {
    if (name.includes('.')) return 'the name of a field has a dot, expected fields inside an object';
    const path = `${prefix}${name}`;
    if (!records.has(path) || !field.text?.startsWith('{') || field.kind !== 'nested') {
      fields.set(path, field);
      continue;
    }
    const inner = readRecord(field.text, records, `${path}.`);
    if (typeof inner === 'string') return inner;
    for (const [innerPath, innerField] of inner) fields.set(innerPath, innerField);
  }
  return fields;
}

/** The path of an unknown field: what is known of it, and its own name when it looks like one. */
function showPath(path: string, records: ReadonlySet<string>): string {
  const dot = path.lastIndexOf('.');
  const record = path.slice(0, Math.max(0, dot));
  return records.has(record) ? `${record}.${showName(path.slice(dot + 1))}` : showName(path);
}

function texts(object: FlatJson): Map<string, string | null> {
  return new Map([...object].map(([name, { text }]) => [name, text]));
}
