import { migrate } from './migrations.ts';
import { openSqliteDatabase, type SqliteDatabase } from './sqlite-database.ts';

/** The embedded lake's one database: control records, outbox, queues, schedules and settings, shared by processes. */
export interface LakeDatabase extends SqliteDatabase {
  meta: LakeMeta;
}

/** Settings that are decided once for a lake, such as its id and the fingerprint of its key. */
export interface LakeMeta {
  get(key: string): Promise<string | undefined>;
  /** Sets the value unless there is one; returns the value that holds. */
  setIfAbsent(key: string, value: string): Promise<string>;
}

/** Opens the database of a lake; one of a newer schema is a TerminalError. */
export async function openLakeDatabase(path: string): Promise<LakeDatabase> {
  const database = await openSqliteDatabase(path, migrate);
  return {
    ...database,
    meta: {
      get: (key) => database.read((sql) => textOf(sql('SELECT value FROM lake_meta WHERE key = ?').get(key)?.['value'])),
      setIfAbsent: (key, value) =>
        database.write((sql) => {
          sql('INSERT INTO lake_meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING').run(key, value);
          return textOf(sql('SELECT value FROM lake_meta WHERE key = ?').get(key)?.['value']) ?? value;
        }),
    },
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
