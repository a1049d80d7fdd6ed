import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { TerminalError, type QueryEngine, type SessionOptions } from '@data-master/ports';
import { asLakeError } from './engine-errors.ts';
import { toSqlRow } from './sql-values.ts';

export interface DuckDbOptions {
  /** The bound of the buffers; other parts of the engine come on top. */
  memoryLimitMb: number;
  threads: number;
  /** The engine spills into an own folder under this one, mode 0700, removed by `close`. */
  spillFolder: string;
  /** Encrypt what is spilled, at more than twice the time of a heavy spill; false for data without clear personal values. */
  encryptSpill?: boolean;
}

const interruptEveryMs = 20;

/**
 * DuckDB in this process, on a database in memory; sessions share memory and threads. Times are UTC, extensions are never
 * fetched. Calls on one session run one after the other.
 */
export async function createDuckDbEngine({ memoryLimitMb, threads, spillFolder, encryptSpill = true }: DuckDbOptions): Promise<QueryEngine> {
  await mkdir(spillFolder, { recursive: true });
  const ownSpillFolder = await mkdtemp(join(spillFolder, 'duckdb-'));
  await chmod(ownSpillFolder, 0o700);
  const instance = await translated(() =>
    DuckDBInstance.create(':memory:', {
      memory_limit: `${memoryLimitMb}MB`,
      threads: String(threads),
      temp_directory: ownSpillFolder,
      temp_file_encryption: String(encryptSpill),
      // Without it the engine refuses to encrypt, as its only other cipher is in an extension to be fetched.
      force_mbedtls_unsafe: 'true',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      errors_as_json: 'true',
    }),
  ).catch(async (error: unknown) => {
    await rm(ownSpillFolder, { recursive: true, force: true });
    throw error;
  });
  const sessions = new Set<Session>();
  let closed = false;

  async function openSession(options: SessionOptions): Promise<Session> {
    if (closed) throw new TerminalError('the query engine is closed; expected it open; create another');
    const session = createSession(await translated(() => instance.connect()), runInSession);
    sessions.add(session);
    if (options.preserveInsertionOrder === false) await session.engine.run('SET SESSION preserve_insertion_order = false');
    return session;
  }

  async function runInSession<Result>(work: (engine: QueryEngine) => Promise<Result>, options: SessionOptions = {}): Promise<Result> {
    const session = await openSession(options);
    try {
      return await work(session.engine);
    } finally {
      await session.close();
      sessions.delete(session);
    }
  }

  const main = await openSession({});
  await main.engine.run("SET GLOBAL TimeZone = 'UTC'");
  return {
    ...main.engine,
    async close() {
      if (closed) return;
      closed = true;
      await Promise.all([...sessions].map((session) => session.close()));
      instance.closeSync();
      await rm(ownSpillFolder, { recursive: true, force: true });
    },
  };
}

interface Session {
  engine: QueryEngine;
  close(): Promise<void>;
}

function createSession(connection: DuckDBConnection, session: QueryEngine['session']): Session {
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  function enqueue<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = last.then(() => {
      if (closed) throw new TerminalError('the session is closed; expected it open; open another');
      return translated(work);
    });
    last = result.catch(() => undefined);
    return result;
  }

  /**
   * Disconnecting under a running query would hang: it is interrupted and awaited. An interruption between two steps of
   * the query is lost, hence the repetition.
   */
  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    connection.interrupt();
    const repeat = setInterval(() => connection.interrupt(), interruptEveryMs);
    await last;
    clearInterval(repeat);
    connection.disconnectSync();
  }

  return {
    close,
    engine: {
      session,
      close,
      async run(sql) {
        await enqueue(() => connection.run(sql));
      },
      rows: (sql) => enqueue(async () => (await connection.runAndReadAll(sql)).getRowObjects().map(toSqlRow)),
      setVariable: (name, value) => enqueue(() => setVariable(connection, name, value)),
    },
  };
}

async function setVariable(connection: DuckDBConnection, name: string, value: string | Uint8Array): Promise<void> {
  if (!/^[a-z_][a-z0-9_]*$/i.test(name)) {
    throw new TerminalError(`variable name ${JSON.stringify(name)}; expected letters, digits and underscores; rename it`);
  }
  const statement = await connection.prepare(`SET VARIABLE ${name} = $1`);
  try {
    if (typeof value === 'string') statement.bindVarchar(1, value);
    else statement.bindBlob(1, value);
    await statement.run();
  } catch {
    throw new TerminalError(`variable ${name} could not be set; expected text or bytes that the engine takes; check its encoding`);
  } finally {
    statement.destroySync();
  }
}

async function translated<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw asLakeError(error);
  }
}
