import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFileCatalog } from './catalog.ts';
import type { MergeMode } from './merge-mode.ts';
import { createTable, loadTable, type Table } from './table.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';

let workspace: Workspace;
let tables = 0;

beforeEach(async () => {
  workspace = await createWorkspace();
});

afterEach(() => workspace.dispose());

function create(properties: Record<string, string> = {}): Promise<Table> {
  return createTable({
    catalog: createFileCatalog({ io: workspace.ports.io, location: `${workspace.folder}/t${tables++}` }),
    ports: workspace.ports,
    schema: {
      fields: [
        { id: 1, name: 'key', required: true, type: 'long' },
        { id: 2, name: 'part', required: false, type: 'int' },
        { id: 3, name: 'text', required: false, type: 'string' },
      ],
    },
    partitioning: [{ source: 'part', transform: 'identity' }],
    properties,
  });
}

async function rowsOf(table: Table): Promise<unknown[][]> {
  return (await workspace.engine.rows(`SELECT * FROM (${(await table.scan()).sql}) ORDER BY ALL`)).map((row) => Object.values(row));
}

const clauses = {
  on: ['key'],
  matched: [{ when: `s.text = 'gone'`, delete: true as const }, { when: 's.text IS NOT NULL', set: { text: 's.text', part: 's.part' } }],
  notMatched: [{ insert: { key: 's.key', part: 's.part', text: 's.text' } }],
};

test('a merge on read adds position deletes and new rows, and leaves the files', async () => {
  const table = await create();
  await table.append(`SELECT i AS key, i % 2 AS part, 'old' AS text FROM range(10) r(i)`);
  const before = (await table.scan()).files.map((file) => file.path);
  const source = `SELECT * FROM (VALUES (0, 1, 'moved'), (2, 0, 'gone'), (3, 1, NULL), (11, 1, 'more')) v(key, part, text)`;
  const result = await table.merge({ ...clauses, source, mode: 'merge-on-read' });
  expect(result).toMatchObject({ updatedRows: 1, deletedRows: 1, insertedRows: 1, rewrittenFiles: 0, filesWithNewDeletes: 1, affectedPartitions: [{ part: 0 }, { part: 1 }] });
  const { files, deleteFiles } = await table.scan();
  expect(files.map((file) => file.path)).toEqual(expect.arrayContaining(before));
  expect(deleteFiles).toHaveLength(1);
  expect(table.currentSnapshot?.summary).toMatchObject({ operation: 'overwrite', 'added-position-deletes': '2', 'added-delete-files': '1', 'total-records': '12' });
  expect((await rowsOf(table)).map(([key, part, text]) => [Number(key), part, text])).toEqual([
    [0, 1, 'moved'], [1, 1, 'old'], [3, 1, 'old'], [4, 0, 'old'], [5, 1, 'old'], [6, 0, 'old'], [7, 1, 'old'], [8, 0, 'old'], [9, 1, 'old'], [11, 1, 'more'],
  ]);
});

test('delete files are sorted by path and position, which their bounds and reference tell', async () => {
  const table = await create();
  await table.append(`SELECT i AS key, 0 AS part, 'old' AS text FROM range(5) r(i)`);
  await table.append(`SELECT i AS key, 0 AS part, 'old' AS text FROM range(5, 10) r(i)`);
  await table.merge({ ...clauses, source: `SELECT unnest([8, 1, 6, 3]) AS key, 0 AS part, 'gone' AS text`, mode: 'merge-on-read' });
  const { files, deleteFiles } = await table.scan();
  const rows = await workspace.engine.rows(`SELECT file_path, pos FROM read_parquet('${deleteFiles[0]}')`);
  const [first, second] = files.map((file) => file.path).sort();
  const positions = rows.map((row) => [row['file_path'], row['pos']]);
  expect(positions).toHaveLength(4);
  expect(positions.map(([path]) => path)).toEqual([first, first, second, second]);
  expect(positions[0]?.[1]).toBe(1n);
  expect(positions[1]?.[1]).toBe(3n);
});

test('automatic writes position deletes where a large file changes little, until they pile up, and rewrites otherwise', async () => {
  const table = await create();
  await table.append(`SELECT i AS key, CASE WHEN i < 40000 THEN 0 WHEN i < 80000 THEN 1 ELSE 2 END AS part, 'old' AS text FROM range(80010) r(i)`);
  const change = (keys: string) => table.merge({ ...clauses, source: `SELECT unnest(${keys}) AS key, 0 AS part, 'gone' AS text`, mode: 'automatic' });
  expect(await change('[1, 80001]')).toMatchObject({ rewrittenFiles: 1, filesWithNewDeletes: 1, deletedRows: 2, insertedRows: 0 });
  expect(await change('range(40000, 50000)')).toMatchObject({ rewrittenFiles: 1, filesWithNewDeletes: 0, deletedRows: 10000 });
  for (const key of [2, 3, 4]) expect(await change(`[${key}]`)).toMatchObject({ filesWithNewDeletes: 1 });
  expect(await change('[5]')).toMatchObject({ rewrittenFiles: 1, filesWithNewDeletes: 0, deletedRows: 1 });
  const [row] = await workspace.engine.rows(`SELECT count(*)::INTEGER AS n FROM (${(await table.scan()).sql})`);
  expect(row?.['n']).toBe(80010 - 2 - 10000 - 4);
});

test('the table can choose the mode, and an unknown one is refused', async () => {
  const table = await create({ 'write.merge.mode': 'merge-on-read' });
  await table.append(`SELECT 1 AS key, 0 AS part, 'old' AS text`);
  expect((await table.merge({ ...clauses, source: `SELECT 1 AS key, 0 AS part, 'gone' AS text` })).filesWithNewDeletes).toBe(1);
  expect(await rowsOf(table)).toEqual([]);
  await expect(table.merge({ ...clauses, source: 'SELECT 1 AS key', mode: 'fast' as MergeMode })).rejects.toThrow(/merge mode: found "fast"/);
});

test('position deletes against files that another writer compacted meanwhile go to the compacted ones, and none is left over', async () => {
  const table = await create();
  for (const key of [1, 2, 3]) await table.append(`SELECT ${key} AS key, 0 AS part, 'old' AS text`);
  const catalog = createFileCatalog({ io: workspace.ports.io, location: table.metadata.location });
  let interrupted = false;
  const merging = await loadTable({
    ports: workspace.ports,
    catalog: {
      ...catalog,
      async commit(base, next) {
        if (!interrupted) {
          interrupted = true;
          await table.compact({ minInputFiles: 2 });
        }
        return catalog.commit(base, next);
      },
    },
  });
  await merging.merge({ ...clauses, source: `SELECT 2 AS key, 0 AS part, 'gone' AS text`, mode: 'merge-on-read' });
  expect((await rowsOf(merging)).map(([key]) => Number(key))).toEqual([1, 3]);
  expect((await workspace.ports.io.list(`${table.metadata.location}/data/`)).filter((file) => file.includes('deletes_'))).toHaveLength(1);
});

const change = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 2 }), fc.constantFrom('gone', 'a', 'b', null)), { minLength: 1, selector: ([key]) => key });
const step = fc.oneof(fc.record({ merge: change, mode: fc.constantFrom<MergeMode>('merge-on-read', 'automatic') }), fc.constant('compact' as const));

test('merging on read, with compactions between, leaves what copying on write leaves', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
      const copied = await create();
      const merged = await create();
      for (const action of steps) {
        if (action === 'compact') {
          await merged.compact({ minInputFiles: 2 });
        } else {
          const tuples = action.merge.map(([key, part, text]) => `(${key}, ${part}, ${text === null ? 'NULL' : `'${text}'`}::VARCHAR)`);
          const source = `SELECT * FROM (VALUES ${tuples.join(', ')}) v(key, part, text)`;
          const { insertedRows, updatedRows, deletedRows, affectedPartitions } = await copied.merge({ ...clauses, source });
          const result = await merged.merge({ ...clauses, source, mode: action.mode });
          expect(result).toMatchObject({ insertedRows, updatedRows, deletedRows });
          if (insertedRows + updatedRows + deletedRows > 0) expect(new Set(result.affectedPartitions.map(({ part }) => part)).size).toBe(new Set(affectedPartitions.map(({ part }) => part)).size);
        }
        expect(await rowsOf(merged)).toEqual(await rowsOf(copied));
      }
    }),
    { numRuns: 20 },
  );
}, 120_000);
