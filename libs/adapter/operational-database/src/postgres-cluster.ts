import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TerminalError } from '@data-master/ports';
import { withConnection, type DatabaseConnection } from './database.ts';
import { giveToServer, runProgram } from './postgres-programs.ts';

export interface ClusterOptions {
  /** Folder of the cluster, made at the first start. */
  folder: string;
  /** File that the server writes its log to. */
  log: string;
  user: string;
  password: string;
  /** Who uses the server: it is stopped when the last process that uses it stops it or is gone. */
  process: { identity: string; isAlive: (identity: string) => boolean };
}

/** A PostgreSQL of a folder; the server is a process of its own, which a killed user leaves running and the next takes over. */
export interface PostgresCluster {
  /** Makes the cluster at the first time and starts its server unless it runs. The connection is to database `postgres`. */
  start: () => Promise<DatabaseConnection>;
  /** Ends the use by this process, and the server when no other process uses it. */
  stop: () => Promise<void>;
  /** The connection of the last start, whether the server runs or not; undefined when there was none. */
  lastConnection: () => Promise<DatabaseConnection | undefined>;
}

/** Reached from this machine only. Values of rows, which may be personal, stay out of its log. */
const settings = {
  listen_addresses: '127.0.0.1', unix_socket_directories: '', wal_level: 'logical', max_wal_senders: '10', max_replication_slots: '10',
  log_min_messages: 'log', log_min_error_statement: 'panic', log_error_verbosity: 'terse',
};
const startAttempts = 40;
const refusedAttempts = 20;
const retryMs = 250;
const startTimeoutSeconds = 300;
const notRunning = 3;

/** The cluster of a folder, not touched before it is started. */
export function createPostgresCluster({ folder, log, user, password, process }: ClusterOptions): PostgresCluster {
  const data = join(folder, 'data');
  const users = join(folder, 'users');
  const portFile = join(folder, 'port');
  const pgCtl = (...parameters: string[]): Promise<{ code: number; output: string }> => runProgram('pg_ctl', ['-D', data, ...parameters]);

  const make = async (): Promise<void> => {
    if (await access(join(data, 'PG_VERSION')).then(() => true, () => false)) return;
    const draft = join(folder, 'draft');
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { mode: 0o700 });
    await giveToServer(draft);
    const passwordFile = join(folder, `.${randomUUID()}`);
    try {
      await writeFile(passwordFile, password, { mode: 0o600 });
      const { code, output } = await runProgram('initdb', ['-D', draft, '-U', user, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--no-locale']);
      if (code !== 0) throw new TerminalError(`the PostgreSQL of ${folder} is not made (${lastLine(output)}); expected an empty cluster; mend what the message names`);
    } finally {
      await rm(passwordFile, { force: true });
    }
    await rename(draft, data);
  };

  const connectionTo = (port: number): DatabaseConnection => ({ host: '127.0.0.1', port, user, password, database: 'postgres' });
  const lastPort = async (): Promise<number> => Number(await readFile(portFile, 'utf8').catch(() => '0'));

  /** The port of the last server, unless another program has it now. */
  const choosePort = async (): Promise<number> => {
    const known = await lastPort();
    const port = (await tryPort(known)) ?? (await tryPort(0))!;
    if (port !== known) await writeFile(portFile, String(port));
    return port;
  };

  /** A server that runs, as its lock file says, answers or is about to; the number of one that was killed may be another process's, which does not. */
  const takeOver = async (attempt: number): Promise<DatabaseConnection | undefined> => {
    try {
      const connection = connectionTo(await runningPort(data));
      await withConnection(connection, () => Promise.resolve());
      return connection;
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (code === '28P01') throw new TerminalError(`the PostgreSQL of ${folder} refuses the password that the lake keeps for it (${message}); expected the one that it was made with; put the secret back, or set the old password in it`, { cause: error });
      if (code === 'ECONNREFUSED' && attempt >= refusedAttempts) await rm(join(data, 'postmaster.pid'), { force: true });
      return undefined;
    }
  };

  const start = async (): Promise<DatabaseConnection> => {
    let trouble = '';
    for (let attempt = 1; attempt <= startAttempts; attempt += 1) {
      const { code, output } = await pgCtl('status');
      const running = code === 0 ? await takeOver(attempt) : undefined;
      if (running) return running;
      if (code === notRunning) {
        const options = Object.entries({ ...settings, port: String(await choosePort()) }).map(([name, value]) => `-c ${name}=${value}`).join(' ');
        const started = await pgCtl('start', '-w', '-t', String(startTimeoutSeconds), '-l', log, '-o', options);
        if (started.code === 0) continue;
        trouble = started.output;
      } else trouble = output;
      await delay(retryMs);
    }
    throw new TerminalError(`the PostgreSQL of ${folder} does not start (${lastLine(trouble)}); expected a server; see ${log}`);
  };

  return {
    async start() {
      await mkdir(users, { recursive: true });
      await writeFile(join(users, process.identity), '');
      await make();
      return start();
    },
    async stop() {
      await rm(join(users, process.identity), { force: true });
      const others = (await readdir(users).catch(() => [])).filter((identity) => process.isAlive(identity));
      if (others.length === 0) await pgCtl('stop', '-w', '-m', 'fast');
    },
    async lastConnection() {
      const port = await lastPort();
      return port > 0 ? connectionTo(port) : undefined;
    },
  };
}

const lastLine = (output: string): string => output.trim().split('\n').at(-1) ?? '';

/** The port as the lock file of the server says, in its fourth line. */
async function runningPort(data: string): Promise<number> {
  return Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[3]);
}

/** A port, or any for 0, when nobody listens on it. */
async function tryPort(wanted: number): Promise<number | undefined> {
  const probe = createServer().listen(wanted, '127.0.0.1');
  try {
    await once(probe, 'listening');
    return (probe.address() as AddressInfo).port;
  } catch {
    return undefined;
  } finally {
    probe.close();
  }
}
