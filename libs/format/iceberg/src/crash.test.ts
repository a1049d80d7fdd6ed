import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFileCatalog } from './catalog.ts';
import { CommitUnknownError } from './errors.ts';
import { createTable, loadTable, type Table } from './table.ts';
import { failingIO } from './testing/failing-io.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';
import type { IcebergSchema } from './types.ts';

const schema: IcebergSchema = {
  fields: [
    { id: 1, name: 'key', required: true, type: 'long' },
    { id: 2, name: 'text', required: false, type: 'string' },
  ],
};

let workspace: Workspace;

beforeEach(async () => {
  workspace = await createWorkspace();
});

afterEach(() => workspace.dispose());

const operations: Record<string, (table: Table) => Promise<unknown>> = {
  append: (table) => table.append(`SELECT 3 AS key, 'new' AS text`),
  overwrite: (table) => table.overwritePartitions({ partitions: 'all', select: `SELECT 3 AS key, 'new' AS text` }),
  mergeOnRead: (table) => table.merge({ source: `SELECT 1 AS key, 'new' AS text`, on: ['key'], matched: [{ set: { text: 's.text' } }], mode: 'merge-on-read' }),
  merge: (table) => table.merge({ source: `SELECT 1 AS key, 'new' AS text`, on: ['key'], matched: [{ set: { text: 's.text' } }] }),
};

const expected: Record<string, unknown[][]> = {
  append: [[1n, 'old'], [2n, 'old'], [3n, 'new']],
  overwrite: [[3n, 'new']],
  mergeOnRead: [[1n, 'new'], [2n, 'old']],
  merge: [[1n, 'new'], [2n, 'old']],
};

async function rowsOf(location: string): Promise<unknown[][]> {
  const table = await loadTable({ catalog: createFileCatalog({ io: workspace.ports.io, location }), ports: workspace.ports });
  return (await workspace.engine.rows(`SELECT * FROM (${(await table.scan()).sql}) ORDER BY 1`)).map((row) => Object.values(row));
}

const cases = Object.keys(operations).flatMap((operation) =>
  (['before', 'after'] as const).flatMap((moment) => [true, false].map((dead) => [operation, moment, dead ? 'the process dies' : 'the call fails'] as const)),
);

test.each(cases)('%s: whenever %s a write %s, the table holds the old rows or the new ones', async (name, moment, way) => {
  const dead = way === 'the process dies';
  const operation = operations[name] as (table: Table) => Promise<unknown>;
  let crashes = 0;
  for (let failAt = 1; ; failAt++) {
    const location = `${workspace.folder}/${name}-${failAt}`;
    const catalog = createFileCatalog({ io: workspace.ports.io, location });
    const created = await createTable({ catalog, ports: workspace.ports, schema });
    await created.append(`SELECT * FROM (VALUES (1, 'old'), (2, 'old')) v(key, text)`);
    const filesBefore = (await workspace.ports.io.list(`${location}/`)).sort();

    const io = failingIO(workspace.ports.io, failAt, moment, dead);
    const table = await loadTable({ catalog: createFileCatalog({ io, location }), ports: { ...workspace.ports, io } });
    const outcome = await operation(table).then(() => 'done' as const, (error: unknown) => error);
    if (!io.failed()) break;
    crashes++;
    const rows = await rowsOf(location);
    if (outcome === 'done') expect(rows).toEqual(expected[name]);
    else if (!(outcome instanceof CommitUnknownError)) {
      expect(rows).toEqual([[1n, 'old'], [2n, 'old']]);
      if (!dead) expect((await workspace.ports.io.list(`${location}/`)).sort()).toEqual(filesBefore);
    } else expect([expected[name], [[1n, 'old'], [2n, 'old']]]).toContainEqual(rows);

    const retried = await loadTable({ catalog, ports: workspace.ports });
    await retried.append(`SELECT 9 AS key, 'later' AS text`);
    expect(await rowsOf(location)).toEqual([...rows, [9n, 'later']]);
  }
  expect(crashes).toBeGreaterThanOrEqual(3);
});

test('a commit that took effect although the call failed is reported as committed', async () => {
  const location = `${workspace.folder}/t`;
  const catalog = createFileCatalog({ io: workspace.ports.io, location });
  await createTable({ catalog, ports: workspace.ports, schema });
  const commit: typeof catalog.commit = async (base, next) => {
    await catalog.commit(base, next);
    throw new Error('connection lost');
  };
  const table = await loadTable({ catalog: { ...catalog, commit }, ports: workspace.ports });
  const { snapshot } = await table.append(`SELECT 1 AS key, 'x' AS text`);
  expect(snapshot?.['snapshot-id']).toBe((await loadTable({ catalog, ports: workspace.ports })).currentSnapshot?.['snapshot-id']);
});

test('a change of columns that took effect although the call failed is taken for made', async () => {
  const location = `${workspace.folder}/t`;
  const catalog = createFileCatalog({ io: workspace.ports.io, location });
  await createTable({ catalog, ports: workspace.ports, schema });
  for (const failAt of [1, 2]) {
    for (const moment of ['before', 'after'] as const) {
      const io = failingIO(workspace.ports.io, failAt, moment, false);
      const table = await loadTable({ catalog: createFileCatalog({ io, location }), ports: { ...workspace.ports, io } });
      const name = `added_${failAt}_${moment}`;
      const made = await table.evolveSchema([{ change: 'add', name, type: 'int' }]).then(() => true, () => false);
      const stored = (await loadTable({ catalog, ports: workspace.ports })).schema.fields.some((field) => field.name === name);
      expect([made, stored]).toEqual(failAt === 1 && moment === 'before' ? [false, false] : [true, true]);
    }
  }
});

test('a commit whose outcome cannot be read back is unknown, and its files stay', async () => {
  const location = `${workspace.folder}/t`;
  const catalog = createFileCatalog({ io: workspace.ports.io, location });
  await createTable({ catalog, ports: workspace.ports, schema });
  let lost = false;
  const table = await loadTable({
    ports: workspace.ports,
    catalog: {
      location,
      load: () => (lost ? Promise.reject(new Error('still no connection')) : catalog.load()),
      commit: async (base, next) => {
        await catalog.commit(base, next);
        lost = true;
        throw new Error('connection lost');
      },
    },
  });
  await expect(table.append(`SELECT 1 AS key, 'x' AS text`)).rejects.toThrow(CommitUnknownError);
  expect(await rowsOf(location)).toEqual([[1n, 'x']]);
});

test('a table created although the call failed is returned as created', async () => {
  const location = `${workspace.folder}/t`;
  const io = failingIO(workspace.ports.io, 1, 'after', false);
  const table = await createTable({ catalog: createFileCatalog({ io, location }), ports: { ...workspace.ports, io }, schema });
  expect(table.metadata['format-version']).toBe(2);
});
