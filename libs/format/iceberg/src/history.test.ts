import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFileCatalog } from './catalog.ts';
import { createTable, loadTable, type Table } from './table.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';
import type { IcebergSchema } from './types.ts';

const schema: IcebergSchema = {
  fields: [
    { id: 1, name: 'key', required: false, type: 'long' },
    { id: 2, name: 'day', required: false, type: 'date' },
    { id: 3, name: 'text', required: false, type: 'string' },
  ],
};

type Row = [key: number | null, day: string | null, text: string | null];
type Step =
  | { kind: 'append'; rows: Row[] }
  | { kind: 'merge'; changes: [Row, operation: string][]; insertWhen: boolean }
  | { kind: 'overwrite'; months: number[]; rows: Row[] }
  | { kind: 'reload' };

const key = fc.option(fc.integer({ min: 0, max: 12 }), { freq: 8 });
const day = fc.option(fc.integer({ min: 0, max: 120 }).map((offset) => new Date(Date.UTC(1969, 10, 15 + offset)).toISOString().slice(0, 10)), { freq: 8 });
const row: fc.Arbitrary<Row> = fc.tuple(key, day, fc.option(fc.string({ unit: 'binary', maxLength: 20 })));
const rows = fc.array(row, { maxLength: 8 });
const uniqueRows = fc.uniqueArray(fc.tuple(row, fc.constantFrom('update', 'delete', 'skip')), { selector: ([[id]]) => id, maxLength: 8 });
const months = fc.uniqueArray(fc.integer({ min: -2, max: 2 }), { maxLength: 3 });

const step: fc.Arbitrary<Step> = fc.oneof(
  rows.map((appended): Step => ({ kind: 'append', rows: appended })),
  fc.tuple(uniqueRows, fc.boolean()).map(([changes, insertWhen]): Step => ({ kind: 'merge', changes, insertWhen })),
  fc.tuple(months, rows).map(([listed, written]): Step => ({
    kind: 'overwrite',
    months: listed,
    rows: written.filter(([, date]) => listed.includes(monthOf(date) ?? NaN)),
  })),
  fc.constant<Step>({ kind: 'reload' }),
);

function monthOf(date: string | null): number | undefined {
  return date === null ? undefined : (Number(date.slice(0, 4)) - 1970) * 12 + Number(date.slice(5, 7)) - 1;
}

function text(value: string | null): string {
  return value === null ? 'NULL' : `decode('${[...Buffer.from(value)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}'::BLOB)`;
}

function selectOf(values: readonly (readonly [Row, string])[]): string {
  const tuples = values.map(([[id, date, note], operation]) => `(${id ?? 'NULL'}, ${date === null ? 'NULL' : `DATE '${date}'`}, ${text(note)}, '${operation}')`);
  const list = tuples.length === 0 ? '(NULL, NULL, NULL, NULL)' : tuples.join(', ');
  return `SELECT key::BIGINT AS key, day::DATE AS day, text::VARCHAR AS text, operation FROM (VALUES ${list}) v(key, day, text, operation)${tuples.length === 0 ? ' WHERE false' : ''}`;
}

function withoutOperation(values: readonly Row[]): string {
  return `SELECT key, day, text FROM (${selectOf(values.map((value) => [value, '']))})`;
}

function applyToModel(model: readonly Row[], change: Step): Row[] {
  switch (change.kind) {
    case 'append':
      return [...model, ...change.rows];
    case 'overwrite':
      return [...model.filter(([, date]) => !change.months.includes(monthOf(date) ?? NaN)), ...change.rows];
    case 'merge': {
      const byKey = new Map(change.changes.filter(([[id]]) => id !== null).map((entry) => [entry[0][0], entry]));
      const kept = model.flatMap((old): Row[] => {
        const found = byKey.get(old[0]);
        if (!found || found[1] === 'skip') return [old];
        return found[1] === 'delete' ? [] : [[old[0], found[0][1], found[0][2]]];
      });
      const present = new Set(model.map(([id]) => id));
      const inserted = change.changes.filter(([[id], operation]) => (id === null || !present.has(id)) && (change.insertWhen || operation === 'update'));
      return [...kept, ...inserted.map(([value]) => value)];
    }
    case 'reload':
      return [...model];
  }
}

async function applyToTable(table: Table, change: Step): Promise<void> {
  if (change.kind === 'append') await table.append(withoutOperation(change.rows));
  if (change.kind === 'overwrite') {
    await table.overwritePartitions({ partitions: change.months.map((month) => ({ day_month: month })), select: withoutOperation(change.rows) });
  }
  if (change.kind === 'merge') {
    await table.merge({
      source: selectOf(change.changes),
      on: ['key'],
      matched: [{ when: `s.operation = 'delete'`, delete: true }, { when: `s.operation = 'update'`, set: { day: 's.day', text: 's.text' } }],
      notMatched: [{ ...(change.insertWhen ? {} : { when: `s.operation = 'update'` }), insert: { key: 's.key', day: 's.day', text: 's.text' } }],
    });
  }
}

async function readRows(workspace: Workspace, table: Table, snapshotId?: bigint): Promise<Row[]> {
  const { sql } = await table.scan(snapshotId === undefined ? {} : { snapshotId });
  const found = await workspace.engine.rows(`SELECT key::INTEGER AS key, day::VARCHAR AS day, text FROM (${sql})`);
  return found.map((entry) => Object.values(entry) as Row);
}

function sorted(values: readonly Row[]): string[] {
  return values.map((value) => JSON.stringify(value)).sort();
}

test('any history of appends, merges and overwrites leaves the rows that a model in memory has, in every snapshot', async () => {
  const workspace = await createWorkspace();
  let runs = 0;
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const catalog = createFileCatalog({ io: workspace.ports.io, location: `${workspace.folder}/table-${runs++}` });
        let table = await createTable({ catalog, ports: workspace.ports, schema, partitioning: [{ source: 'day', transform: 'month' }] });
        let model: Row[] = [];
        const atSnapshot = new Map<bigint, Row[]>();
        for (const change of steps) {
          model = applyToModel(model, change);
          if (change.kind === 'reload') table = await loadTable({ catalog, ports: workspace.ports });
          else await applyToTable(table, change);
          expect(sorted(await readRows(workspace, table))).toEqual(sorted(model));
          const snapshot = table.currentSnapshot;
          if (!snapshot) continue;
          expect(snapshot.summary['total-records']).toBe(String(model.length));
          expect(snapshot.summary['total-data-files']).toBe(String((await table.scan()).files.length));
          atSnapshot.set(snapshot['snapshot-id'], model);
        }
        for (const [id, expected] of atSnapshot) expect(sorted(await readRows(workspace, table, id))).toEqual(sorted(expected));
      }),
      { numRuns: 40 },
    );
  } finally {
    await workspace.dispose();
  }
});
