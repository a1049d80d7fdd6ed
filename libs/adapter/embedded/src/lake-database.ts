import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as giveWay, setTimeout as wait } from 'node:timers/promises';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { TerminalError, TransientError } from '@data-master/ports';
import { migrate } from './migrations.ts';

/** How long SQLite itself waits for a lock; it holds up the event loop, so the longer waiting is done in between. */
const lockWaitMs = 50;
const giveUpMs = 30_000;

/** SQL text → its prepared statement, made once. */
export type Prepare = (sql: string) => StatementSync;

/** The embedded lake's one database: control records, outbox, queues, schedules and settings, shared by processes. */
export interface LakeDatabase {
  /** Runs `work` in a read transaction: what it reads is of one moment. `work` is synchronous. */
  read<Result>(work: (prepare: Prepare) => Result): Promise<Result>;
  /** Runs `work` in one durable transaction; an error rolls it back. `work` is synchronous and may be repeated. */
  write<Result>(work: (prepare: Prepare) => Result): Promise<Result>;
  meta: LakeMeta;
  close(): void;
}

/** Settings that are decided once for a lake, such as its id and the fingerprint of its key. */
export interface LakeMeta {
  get(key: string): Promise<string | undefined>;
  /** Sets the value unless there is one; returns the value that holds. */
  setIfAbsent(key: string, value: string): Promise<string>;
}

/**
 * Opens the database, making file, folder and schema when absent. Write-ahead log, flushed at each commit. A lock that is
 * not released within 30 s gives a TransientError, a database of a newer schema a TerminalError.
 */
export async function openLakeDatabase(path: string): Promise<LakeDatabase> {
  mkdirSync(dirname(path), { recursive: true });
  const sqlite = openFile(path);
  try {
    await retryWhileBusy(path, () => {
      sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    });
    await retryWhileBusy(path, () => {
      inTransaction(sqlite, 'IMMEDIATE', () => migrate(sqlite));
    });
  } catch (error) {
    sqlite.close();
    throw error;
  }

  const statements = new Map<string, StatementSync>();
  const prepare: Prepare = (sql) => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = sqlite.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const read: LakeDatabase['read'] = (work) => retryWhileBusy(path, () => inTransaction(sqlite, 'DEFERRED', () => work(prepare)));
  const write: LakeDatabase['write'] = (work) => retryWhileBusy(path, () => inTransaction(sqlite, 'IMMEDIATE', () => work(prepare)));
  return {
    read,
    write,
    meta: {
      get: (key) => read((sql) => textOf(sql('SELECT value FROM lake_meta WHERE key = ?').get(key)?.['value'])),
      setIfAbsent: (key, value) =>
        write((sql) => {
          sql('INSERT INTO lake_meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING').run(key, value);
          return textOf(sql('SELECT value FROM lake_meta WHERE key = ?').get(key)?.['value']) ?? value;
        }),
    },
    close() {
      if (sqlite.isOpen) sqlite.close();
    },
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function openFile(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: lockWaitMs });
  } catch (error) {
    throw asDatabaseError(path, error);
  }
}

function inTransaction<Result>(sqlite: DatabaseSync, kind: 'DEFERRED' | 'IMMEDIATE', work: () => Result): Result {
  sqlite.exec(`BEGIN ${kind}`);
  try {
    const result = work();
    sqlite.exec('COMMIT');
    return result;
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec('ROLLBACK');
    throw error;
  }
}

async function retryWhileBusy<Result>(path: string, work: () => Result): Promise<Result> {
  const giveUpAt = Date.now() + giveUpMs;
  for (let pauseMs = 5; ; pauseMs = Math.min(100, pauseMs * 2)) {
    try {
      const result = work();
      // A caller that loops on the database would otherwise keep files and timers waiting.
      await giveWay();
      return result;
    } catch (error) {
      if (!isBusy(error) || Date.now() > giveUpAt) throw asDatabaseError(path, error);
      await wait(pauseMs * (0.5 + Math.random()));
    }
  }
}

const sqliteCodes = { busy: 5, locked: 6, noMemory: 7, readOnly: 8, ioError: 10, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 };

/** SQLite's primary result code; extended codes carry it in their low byte. */
function resultCode(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === sqliteCodes.busy || code === sqliteCodes.locked;
}

function asDatabaseError(path: string, error: unknown): unknown {
  const about = `lake database ${path}`;
  switch (resultCode(error)) {
    case sqliteCodes.busy:
    case sqliteCodes.locked:
      return new TransientError(`${about} is locked; expected the lock within ${giveUpMs} ms; end the process that holds it, then repeat`, { cause: error });
    case sqliteCodes.full:
    case sqliteCodes.ioError:
    case sqliteCodes.noMemory:
      return new TransientError(`${about} could not be read or written; expected room and a sound disk; free disk space, then repeat`, { cause: error });
    case sqliteCodes.cannotOpen:
    case sqliteCodes.readOnly:
      return new TerminalError(`${about} cannot be opened for writing; expected a writable folder; give this user access to it`, { cause: error });
    case sqliteCodes.corrupt:
    case sqliteCodes.notADatabase:
      return new TerminalError(`${about} is damaged or no database; expected a SQLite file; restore it or move it away`, { cause: error });
    default:
      return error;
  }
}
