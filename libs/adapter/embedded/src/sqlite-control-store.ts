import type { ControlRecord } from '@data-master/control-records';
import { checkControlChanges, type ControlChange, type ControlQuery, type ControlStore } from '@data-master/ports';
import { controlColumns, controlTable, fromRow, toValues } from './control-record-table.ts';
import type { LakeDatabase } from './lake-database.ts';
import type { Prepare } from './sqlite-database.ts';
import { appendEvents } from './sqlite-outbox.ts';

const pageRows = 500;
const columns = controlColumns.map(({ name }) => name).join(', ');
const insertSql = `INSERT INTO ${controlTable} (${columns}) VALUES (${controlColumns.map(() => '?').join(', ')}) ON CONFLICT (control_id) DO NOTHING`;
const replaceSql = `UPDATE ${controlTable} SET (${columns}) = (${controlColumns.map(() => '?').join(', ')}) WHERE control_id = ? AND version = ?`;
const selectSql = `SELECT ${columns} FROM ${controlTable}`;

/** Control records in the lake's database; the events of a commit are in the outbox of the same database. */
export function createSqliteControlStore(database: LakeDatabase): ControlStore {
  return {
    get: (controlId) =>
      database.read((sql) => {
        const row = sql(`${selectSql} WHERE control_id = ?`).get(controlId);
        return row && fromRow(row);
      }),
    async commit(changes) {
      checkControlChanges(changes);
      try {
        await database.write((sql) => {
          for (const change of changes) apply(sql, change);
        });
        return true;
      } catch (error) {
        if (error instanceof ConflictError) return false;
        throw error;
      }
    },
    query: (query) => queryRecords(database, query),
    byObjectKey: (objectKey) =>
      database.read((sql) => sql(`${selectSql} WHERE object_key = ? ORDER BY created_at, control_id`).all(objectKey).map(fromRow)),
    byChecksum: (tableName, checksum) =>
      database.read((sql) =>
        sql(`${selectSql} WHERE table_name = ? AND checksum = ? ORDER BY created_at, control_id`).all(tableName, checksum).map(fromRow),
      ),
  };
}

/** Ends a transaction whose ground was changed by somebody else. */
class ConflictError extends Error {}

function apply(sql: Prepare, change: ControlChange): void {
  if ('insert' in change) {
    if (sql(insertSql).run(...toValues(change.insert)).changes === 1) announce(sql, change.insert);
    return;
  }
  const { previous, next } = change;
  const { changes } = sql(replaceSql).run(...toValues(next), previous.control_id, previous.version);
  if (changes !== 1) throw new ConflictError();
  announce(sql, next);
}

function announce(sql: Prepare, record: ControlRecord): void {
  if (record.status !== 'pending') return;
  appendEvents(sql, [{ type: 'control.pending', id: `${record.control_id}:${record.version}`, record }]);
}

async function* queryRecords(database: LakeDatabase, query: ControlQuery): AsyncGenerator<ControlRecord> {
  const filters = [
    { column: 'schema_name', value: query.schemaName },
    { column: 'status', value: query.status },
    { column: 'table_name', value: query.tableName },
  ].flatMap(({ column, value }) => (value === undefined ? [] : [{ column, value }]));
  const where = [...filters.map(({ column }) => `${column} = ?`), '(created_at, control_id) > (?, ?)'].join(' AND ');
  let last = { created_at: '', control_id: '' };
  for (;;) {
    const { created_at, control_id } = last;
    const page = await database.read((sql) =>
      sql(`${selectSql} WHERE ${where} ORDER BY created_at, control_id LIMIT ${pageRows}`)
        .all(...filters.map(({ value }) => value), created_at, control_id)
        .map(fromRow),
    );
    yield* page;
    const end = page.at(-1);
    if (!end || page.length < pageRows) return;
    last = end;
  }
}
