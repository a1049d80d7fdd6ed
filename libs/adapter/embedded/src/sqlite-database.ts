import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as giveWay, setTimeout as wait } from 'node:timers/promises';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { TerminalError, TransientError } from '@data-master/ports';

/** How long SQLite itself waits for a lock; it holds up the event loop, so the longer waiting is done in between. */
const lockWaitMs = 50;
const giveUpMs = 30_000;

/** SQL text → its prepared statement, made once. */
export type Prepare = (sql: string) => StatementSync;

/** A database file that processes share. */
export interface SqliteDatabase {
  /** Runs `work` in a read transaction: what it reads is of one moment. `work` is synchronous. */
  read<Result>(work: (prepare: Prepare) => Result): Promise<Result>;
  /** Runs `work` in one durable transaction; an error rolls it back. `work` is synchronous and may be repeated. */
  write<Result>(work: (prepare: Prepare) => Result): Promise<Result>;
  close(): void;
}

/**
 * Opens a database, making file and folder when absent; `migrate` brings its schema up to date in one transaction.
 * Write-ahead log, flushed at each commit. A lock that is not released within 30 s gives a TransientError.
 */
export async function openSqliteDatabase(path: string, migrate: (sqlite: DatabaseSync) => void): Promise<SqliteDatabase> {
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
  return {
    read: (work) => retryWhileBusy(path, () => inTransaction(sqlite, 'DEFERRED', () => work(prepare))),
    write: (work) => retryWhileBusy(path, () => inTransaction(sqlite, 'IMMEDIATE', () => work(prepare))),
    close() {
      if (sqlite.isOpen) sqlite.close();
    },
  };
}

/** Writes that are asked for in one turn of the event loop share a transaction: all of them are done, or none. */
export function groupWrites({ write }: Pick<SqliteDatabase, 'write'>): (work: (prepare: Prepare) => void) => Promise<void> {
  let waiting: ((prepare: Prepare) => void)[] = [];
  let group: Promise<void> | undefined;
  return (work) => {
    waiting.push(work);
    group ??= Promise.resolve().then(() => {
      const works = waiting;
      waiting = [];
      group = undefined;
      return write((prepare) => works.forEach((each) => each(prepare)));
    });
    return group;
  };
}

/** Runs the migrations that the database has not seen, each of which brings it from its index to the next version; a newer schema is refused. */
export function applyMigrations(sqlite: DatabaseSync, migrations: readonly string[]): void {
  const version = Number(sqlite.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version > migrations.length) {
    throw new TerminalError(`database ${sqlite.location()} has schema version ${version}; expected at most ${migrations.length}; use the newer release that wrote it`);
  }
  for (const migration of migrations.slice(version)) sqlite.exec(migration);
  if (version < migrations.length) sqlite.exec(`PRAGMA user_version = ${migrations.length}`);
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
  const about = `database ${path}`;
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
