import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFileCatalog } from './catalog.ts';
import { createTable, loadTable, type Table } from './table.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';
import type { IcebergSchema } from './types.ts';

let workspace: Workspace;

beforeEach(async () => {
  workspace = await createWorkspace();
});

afterEach(() => workspace.dispose());

const reviewSchema: IcebergSchema = {
  fields: [
    { id: 1, name: 'review_id', required: true, type: 'long' },
    { id: 2, name: 'text', required: false, type: 'string' },
    { id: 3, name: 'review_year', required: true, type: 'int' },
    { id: 4, name: 'review_month', required: true, type: 'int' },
  ],
};

const byMonth = [
  { source: 'review_year', transform: 'identity' },
  { source: 'review_month', transform: 'identity' },
] as const;

function catalogOf(name = 'review') {
  return createFileCatalog({ io: workspace.ports.io, location: `${workspace.folder}/${name}` });
}

function createReviews(): Promise<Table> {
  return createTable({ catalog: catalogOf(), ports: workspace.ports, schema: reviewSchema, partitioning: byMonth });
}

async function rowsOf(table: Table): Promise<unknown[][]> {
  const { sql } = await table.scan();
  const rows = await workspace.engine.rows(`SELECT * FROM (${sql}) ORDER BY 1`);
  return rows.map((row) => Object.values(row));
}

test('appended rows are read back by another handle', async () => {
  const table = await createReviews();
  const { snapshot, ...result } = await table.append(`SELECT i AS review_id, 'text ' || i AS text, 2011 AS review_year, i AS review_month FROM range(1, 4) r(i)`);
  expect(result).toEqual({
    rows: 3,
    files: 3,
    affectedPartitions: expect.arrayContaining([{ review_year: 2011, review_month: 2 }]),
  });
  expect(snapshot?.summary).toMatchObject({ operation: 'append', 'total-records': '3', 'total-data-files': '3' });
  const other = await loadTable({ catalog: catalogOf(), ports: workspace.ports });
  expect(await rowsOf(other)).toEqual([
    [1n, 'text 1', 2011, 1],
    [2n, 'text 2', 2011, 2],
    [3n, 'text 3', 2011, 3],
  ]);
});

test('a merge updates, deletes and inserts, and rewrites only the files with changed rows', async () => {
  const table = await createReviews();
  await table.append(`SELECT i AS review_id, 'old' AS text, 2011 AS review_year, i % 3 + 1 AS review_month FROM range(9) r(i)`);
  const { snapshot, ...result } = await table.merge({
    source: `SELECT * FROM (VALUES (0, 'new', 'U'), (3, 'gone', 'D'), (1, 'same', 'X'), (100, 'added', 'U')) s(review_id, text, op)`,
    on: ['review_id'],
    matched: [{ when: `s.op = 'D'`, delete: true }, { when: `s.op = 'U'`, set: { text: 's.text' } }],
    notMatched: [{ when: `s.op <> 'D'`, insert: { review_id: 's.review_id', text: 's.text', review_year: '2012', review_month: '1' } }],
    summary: ({ insertedRows }) => ({ inserted: String(insertedRows) }),
  });
  expect(result).toEqual({
    sourceRows: 4,
    insertedRows: 1,
    updatedRows: 1,
    deletedRows: 1,
    candidateFiles: 3,
    rewrittenFiles: 1,
    filesWithNewDeletes: 0,
    affectedPartitions: [{ review_year: 2011, review_month: 1 }, { review_year: 2012, review_month: 1 }],
  });
  expect(snapshot?.summary).toMatchObject({ operation: 'overwrite', inserted: '1', 'total-records': '9' });
  expect((await rowsOf(table)).map(([id, text]) => [id, text])).toEqual([
    [0n, 'new'],
    ...[1n, 2n, 4n, 5n, 6n, 7n, 8n].map((id) => [id, 'old']),
    [100n, 'added'],
  ]);
});

test('overwriting partitions replaces exactly these, also by nothing', async () => {
  const table = await createReviews();
  await table.append(`SELECT i AS review_id, 'old' AS text, 2011 AS review_year, i AS review_month FROM range(1, 5) r(i)`);
  const { snapshot, ...result } = await table.overwritePartitions({
    partitions: [{ review_year: 2011, review_month: 2 }, { review_year: 2011, review_month: 3 }],
    select: `SELECT 20 AS review_id, 'new' AS text, 2011 AS review_year, 2 AS review_month`,
  });
  expect(snapshot?.summary['operation']).toBe('overwrite');
  expect(result).toMatchObject({ rows: 1, files: 1, removedRows: 2, removedFiles: 2 });
  expect((await rowsOf(table)).map(([id]) => id)).toEqual([1n, 4n, 20n]);
});
