import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFileCatalog } from './catalog.ts';
import { createTable, loadTable, type Table } from './table.ts';
import { commitDeletes, type ForeignDeletes } from './testing/foreign-deletes.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';

let workspace: Workspace;
let location: string;
let tables = 0;

beforeEach(async () => {
  workspace = await createWorkspace();
});

afterEach(() => workspace.dispose());

function catalog() {
  return createFileCatalog({ io: workspace.ports.io, location });
}

function load(): Promise<Table> {
  return loadTable({ catalog: catalog(), ports: workspace.ports });
}

/** A table partitioned by `part`, with spec 1 that has no fields beside it. */
async function create(): Promise<Table> {
  location = `${workspace.folder}/t${tables++}`;
  await createTable({
    catalog: catalog(),
    ports: workspace.ports,
    schema: {
      fields: [
        { id: 1, name: 'key', required: false, type: 'long' },
        { id: 2, name: 'part', required: false, type: 'int' },
        { id: 3, name: 'text', required: false, type: 'string' },
      ],
    },
    partitioning: [{ source: 'part', transform: 'identity' }],
  });
  const state = await catalog().load();
  if (!state) throw new Error('no table');
  await catalog().commit(state, { ...state.metadata, 'partition-specs': [...state.metadata['partition-specs'], { 'spec-id': 1, fields: [] }] });
  return load();
}

type Row = [key: number | null, part: number, text: string];

function valuesSql(rows: readonly Row[]): string {
  const tuples = rows.map(([key, part, text]) => `(${key ?? 'NULL'}::BIGINT, ${part}, '${text}')`);
  return `SELECT * FROM (VALUES ${tuples.join(', ')}) v(key, part, text)`;
}

async function rowsOf(table: Table): Promise<Row[]> {
  const rows = await workspace.engine.rows((await table.scan()).sql);
  return sorted(rows.map((row) => [row['key'] === null ? null : Number(row['key']), Number(row['part']), String(row['text'])]));
}

function sorted(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

const commit = (deletes: ForeignDeletes) => commitDeletes(workspace, location, deletes);

/** A select of path and position of the rows of a partition that meet a condition, deleted ones included. */
async function positionsSql(part: number, condition: string): Promise<string> {
  const { files } = await (await load()).scan({ filter: [{ column: 'part', op: '=', value: part }] });
  const paths = files.map((file) => `'${file.path}'`).join(', ');
  return `SELECT filename AS file_path, file_row_number AS pos FROM read_parquet([${paths}], hive_partitioning = false, filename = true, file_row_number = true) WHERE ${condition}`;
}

describe('position deletes', () => {
  test('take away the rows that they name, also those of the snapshot that added them', async () => {
    const table = await create();
    await table.append(valuesSql([[1, 0, 'a'], [2, 0, 'b'], [3, 1, 'c']]));
    await commit({ select: await positionsSql(0, 'key = 2'), partition: { part: 0 } });
    await table.refresh();
    const scan = await table.scan();
    expect(scan.deleteFiles).toHaveLength(1);
    expect(await rowsOf(table)).toEqual([[1, 0, 'a'], [3, 1, 'c']]);
    expect((await table.scan({ filter: [{ column: 'part', op: '=', value: 1 }] })).deleteFiles).toEqual([]);
    expect(table.currentSnapshot?.summary).toMatchObject({ operation: 'delete', 'added-position-deletes': '1', 'total-delete-files': '1', 'total-records': '3' });
  });

  test('of another partition or of another named file do not apply', async () => {
    const table = await create();
    await table.append(valuesSql([[1, 0, 'a']]));
    await commit({ select: await positionsSql(0, 'true'), partition: { part: 1 } });
    await commit({ select: await positionsSql(0, 'true'), partition: { part: 0 }, referencedDataFile: `${location}/data/other.parquet` });
    expect(await rowsOf(await load())).toEqual([[1, 0, 'a']]);
    const path = (await (await load()).scan()).files[0]?.path ?? '';
    await commit({ select: await positionsSql(0, 'true'), partition: { part: 0 }, referencedDataFile: path });
    expect(await rowsOf(await load())).toEqual([]);
  });
});

describe('equality deletes', () => {
  test('take away older rows of their partition, and spare those appended later', async () => {
    const table = await create();
    await table.append(valuesSql([[1, 0, 'old'], [1, 1, 'old'], [null, 0, 'old']]));
    await commit({ select: 'SELECT * FROM (VALUES (1::BIGINT), (NULL)) v(key)', equalityIds: { key: 1 }, partition: { part: 0 } });
    await table.append(valuesSql([[1, 0, 'new']]));
    await table.refresh();
    expect(await rowsOf(table)).toEqual([[1, 0, 'new'], [1, 1, 'old']]);
  });

  test('without a partition apply to the whole table, on columns that are not read', async () => {
    const table = await create();
    await table.append(valuesSql([[1, 0, 'a'], [2, 1, 'a'], [3, 1, 'b']]));
    await commit({ select: `SELECT 'a' AS text`, equalityIds: { text: 3 }, specId: 1 });
    await table.refresh();
    const { sql } = await table.scan({ columns: ['key'] });
    expect(await workspace.engine.rows(sql)).toEqual([{ key: 3n }]);
  });
});

test('a merge on top of deletes neither sees nor brings back deleted rows, and drops deletes that apply to nothing any more', async () => {
  const table = await create();
  await table.append(valuesSql([[1, 0, 'a'], [2, 0, 'b'], [3, 1, 'c'], [4, 1, 'd']]));
  await commit({ select: await positionsSql(0, 'key = 2'), partition: { part: 0 } });
  await commit({ select: 'SELECT 3::BIGINT AS key', equalityIds: { key: 1 }, partition: { part: 1 } });
  await table.refresh();
  const result = await table.merge({
    source: valuesSql([[1, 0, 'A'], [2, 0, 'B'], [3, 1, 'C']]),
    on: ['key'],
    matched: [{ set: { text: 's.text' } }],
    notMatched: [{ insert: { key: 's.key', part: 's.part', text: 's.text' } }],
  });
  expect(result).toMatchObject({ updatedRows: 1, insertedRows: 2, deletedRows: 0 });
  expect(await rowsOf(table)).toEqual([[1, 0, 'A'], [2, 0, 'B'], [3, 1, 'C'], [4, 1, 'd']]);
  expect(table.currentSnapshot?.summary).toMatchObject({ 'removed-delete-files': '1', 'removed-position-deletes': '1', 'total-delete-files': '1', 'total-equality-deletes': '1' });
  const overwritten = await table.overwritePartitions({ partitions: [{ part: 1 }], select: valuesSql([[9, 1, 'z']]) });
  expect(overwritten.removedRows).toBe(2);
  expect(table.currentSnapshot?.summary).toMatchObject({ 'total-delete-files': '0', 'total-equality-deletes': '0', 'total-records': '3' });
  expect((await table.scan()).deleteFiles).toEqual([]);
});

type Step =
  | { kind: 'append' | 'merge'; rows: Row[] }
  | { kind: 'positions'; part: number; residue: number }
  | { kind: 'equality'; part: number; keys: (number | null)[]; text: string | undefined; global: boolean }
  | { kind: 'overwrite'; part: number; rows: Row[] }
  | { kind: 'compact' | 'manifests' };

const key = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 5 }) }, fc.constant(null));
const part = fc.integer({ min: 0, max: 1 });
const text = fc.constantFrom('x', 'y');
const rows: fc.Arbitrary<Row[]> = fc.array(fc.tuple(key, part, text), { minLength: 1, maxLength: 6 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), rows }),
  fc.record({ kind: fc.constant('merge' as const), rows: fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 5 }), part, text), { minLength: 1, selector: ([k]) => k }) }),
  fc.record({ kind: fc.constant('positions' as const), part, residue: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ kind: fc.constant('equality' as const), part, keys: fc.array(key, { minLength: 1, maxLength: 2 }), text: fc.option(text, { nil: undefined }), global: fc.boolean() }),
  fc.record({ kind: fc.constant('overwrite' as const), part, rows }),
  fc.record({ kind: fc.constantFrom('compact' as const, 'manifests' as const) }),
);

/** Applies a step to the table and returns the rows that it should leave of the given ones. */
async function apply(table: Table, current: readonly Row[], action: Step): Promise<Row[]> {
  switch (action.kind) {
    case 'append':
      await table.append(valuesSql(action.rows));
      return [...current, ...action.rows];
    case 'compact':
      await table.compact({ minInputFiles: 2 });
      return [...current];
    case 'manifests':
      await table.rewriteManifests();
      return [...current];
    case 'merge': {
      const changes = new Map(action.rows.map((row) => [row[0], row]));
      const keys = new Set(current.map(([k]) => k));
      const result = await table.merge({
        source: valuesSql(action.rows),
        on: ['key'],
        matched: [{ when: `s.text = 'x'`, delete: true }, { set: { text: 's.text' } }],
        notMatched: [{ insert: { key: 's.key', part: 's.part', text: 's.text' } }],
      });
      const inserted = action.rows.filter(([k]) => !keys.has(k));
      expect(result.insertedRows).toBe(inserted.length);
      const kept = current.flatMap((row): Row[] => {
        const change = changes.get(row[0]);
        return change === undefined ? [row] : change[2] === 'x' ? [] : [[row[0], row[1], change[2]]];
      });
      return [...kept, ...inserted];
    }
    case 'positions': {
      if ((await table.scan({ filter: [{ column: 'part', op: '=', value: action.part }] })).files.length === 0) return [...current];
      await commit({ select: await positionsSql(action.part, `key % 3 = ${action.residue}`), partition: { part: action.part } });
      return current.filter(([k, p]) => p !== action.part || k === null || k % 3 !== action.residue);
    }
    case 'equality': {
      const { text: value } = action;
      const keys = new Set(action.keys);
      const tuples = action.keys.map((k) => `(${k ?? 'NULL'}::BIGINT${value === undefined ? '' : `, '${value}'`})`);
      await commit({
        select: `SELECT * FROM (VALUES ${tuples.join(', ')}) v(key${value === undefined ? '' : ', text'})`,
        equalityIds: { key: 1, ...(value === undefined ? {} : { text: 3 }) },
        ...(action.global ? { specId: 1 } : { partition: { part: action.part } }),
      });
      return current.filter((row) => !((action.global || row[1] === action.part) && keys.has(row[0]) && (value === undefined || row[2] === value)));
    }
    case 'overwrite': {
      const replacing = action.rows.map(([k, , t]): Row => [k, action.part, t]);
      await table.overwritePartitions({ partitions: [{ part: action.part }], select: valuesSql(replacing) });
      return [...current.filter((row) => row[1] !== action.part), ...replacing];
    }
  }
}

test('any sequence of commits and deletes leaves the rows of a model', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 9 }), async (steps) => {
      const table = await create();
      let expected: Row[] = [];
      for (const action of steps) {
        expected = await apply(table, expected, action);
        await table.refresh();
        expect(await rowsOf(table)).toEqual(sorted(expected));
      }
    }),
    { numRuns: 25 },
  );
}, 120_000);
