import type { DatabaseSync } from 'node:sqlite';
import { applyMigrations, openSqliteDatabase, type SqliteDatabase } from './sqlite-database.ts';

const migrations = [
  `
  CREATE TABLE blocks (
    place INTEGER PRIMARY KEY AUTOINCREMENT, partition INTEGER NOT NULL, records INTEGER NOT NULL, bytes INTEGER NOT NULL,
    arrived_at_ms INTEGER NOT NULL, body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX blocks_order ON blocks (partition, place);
  CREATE TABLE consumers (consumer TEXT NOT NULL, partition INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (consumer, partition)) STRICT;
  `,
];

/** The file of an embedded change stream, apart from the lake's database so that neither waits for the other's commits. */
export type StreamDatabase = SqliteDatabase;

/** Opens the file of a stream, made when absent; the room of blocks that are forgotten is used again. */
export function openStreamDatabase(path: string): Promise<StreamDatabase> {
  return openSqliteDatabase(path, (sqlite: DatabaseSync) => applyMigrations(sqlite, migrations));
}
