import type { DatabaseSync } from 'node:sqlite';
import { controlColumns, controlTable, type ControlColumn } from './control-record-table.ts';
import { applyMigrations } from './sqlite-database.ts';

/** Each brings the schema from its index to the next version; a published one is never changed. */
const migrations = [
  `
  CREATE TABLE lake_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE ${controlTable} (control_id TEXT PRIMARY KEY) STRICT;
  CREATE TABLE outbox (position INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL UNIQUE, event TEXT NOT NULL) STRICT;
  CREATE TABLE queue_messages (
    position INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, message_id TEXT NOT NULL, body TEXT NOT NULL,
    visible_at_ms INTEGER NOT NULL, receive_count INTEGER NOT NULL, UNIQUE (queue, message_id)
  ) STRICT;
  CREATE INDEX queue_messages_order ON queue_messages (queue, position, visible_at_ms);
  CREATE TABLE queue_rejected (
    position INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, message_id TEXT NOT NULL, body TEXT NOT NULL,
    receive_count INTEGER NOT NULL, reason TEXT NOT NULL, rejected_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX queue_rejected_queue ON queue_rejected (queue);
  CREATE TABLE schedules (name TEXT PRIMARY KEY, every_ms INTEGER NOT NULL, offset_ms INTEGER NOT NULL, due_at_ms INTEGER NOT NULL) STRICT;
  `,
  `
  CREATE TABLE machine_runs (
    position INTEGER PRIMARY KEY AUTOINCREMENT, execution_id TEXT NOT NULL UNIQUE, machine TEXT NOT NULL, status TEXT NOT NULL,
    started_at TEXT NOT NULL, ended_at TEXT, input TEXT NOT NULL, error TEXT
  ) STRICT;
  `,
];

const controlIndexes = [
  `CREATE INDEX IF NOT EXISTS dm_gsi_object_key ON ${controlTable} (object_key)`,
  `CREATE INDEX IF NOT EXISTS dm_gsi_schema_status ON ${controlTable} (schema_name, status, created_at, control_id)`,
  `CREATE INDEX IF NOT EXISTS dm_gsi_table_checksum ON ${controlTable} (table_name, checksum)`,
  `CREATE INDEX IF NOT EXISTS control_records_order ON ${controlTable} (created_at, control_id)`,
];

/** Brings the schema to this version, inside the caller's transaction; a newer schema is refused. */
export function migrate(sqlite: DatabaseSync): void {
  applyMigrations(sqlite, migrations);
  addMissingControlColumns(sqlite);
  for (const index of controlIndexes) sqlite.exec(index);
}

/** A field that the record gains later becomes a column of every existing database, NULL in its old rows. */
function addMissingControlColumns(sqlite: DatabaseSync): void {
  const present = new Set(sqlite.prepare(`SELECT name FROM pragma_table_info('${controlTable}')`).all().map((row) => row['name']));
  for (const column of controlColumns) {
    if (!present.has(column.name)) sqlite.exec(`ALTER TABLE ${controlTable} ADD COLUMN ${definition(column)}`);
  }
}

function definition(column: ControlColumn): string {
  return `${column.name} ${column.type}`;
}
