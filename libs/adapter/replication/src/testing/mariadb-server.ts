import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import { freePort } from './free-port.ts';

const execute = promisify(execFile);

/** The packages of Debian 12 that the tests were written with; where they were replaced, those that the sources have. */
const packages = { 'mariadb-server-core': '1:10.11.19-0+deb12u1', liburing2: '2.3-3', libaio1: '0.3.113-4' };

/** A real MariaDB of a test, in a folder of its own. */
export interface TestMariaDb {
  connection: { host: string; port: number; user: string; password: string };
  run: (sql: string) => Promise<void>;
  rows: (sql: string) => Promise<Record<string, unknown>[]>;
  client: () => Promise<mysql.Connection>;
  kill: () => Promise<void>;
  start: () => Promise<void>;
  remove: () => Promise<void>;
}

/**
 * The folder of MariaDB's programs, which Debian's packages hold: from the machine's package sources, unpacked once into
 * the cache, without root. The reason when there are none.
 */
export async function findMariaDb(): Promise<{ programs: string; problem?: undefined } | { problem: string; programs?: undefined }> {
  const lock = createHash('sha256').update(JSON.stringify(packages)).digest('hex').slice(0, 12);
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'data-master');
  const programs = join(cache, `mariadb-${lock}`);
  if (await access(join(programs, 'usr/sbin/mariadbd')).then(() => true, () => false)) return { programs };
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, '.mariadb-'));
  try {
    for (const [name, version] of Object.entries(packages)) {
      await execute('apt-get', ['download', `${name}=${version}`], { cwd: work }).catch(() => execute('apt-get', ['download', name], { cwd: work }));
    }
    for (const file of (await readdir(work)).filter((each) => each.endsWith('.deb'))) await execute('dpkg', ['-x', join(work, file), join(work, 'root')]);
    await rename(join(work, 'root'), programs).catch(async (error: unknown) => { await access(programs).catch(() => { throw error; }); });
    return { programs };
  } catch (error) {
    return { problem: `MariaDB is not had from the package sources of this machine: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const systemTables = ['mysql_system_tables.sql', 'mysql_performance_tables.sql', 'mysql_system_tables_data.sql'];

/** Makes and starts a server with a binary log of rows. */
export async function startMariaDb(programs: string, settings: Record<string, string> = {}): Promise<TestMariaDb> {
  const folder = await mkdtemp(join(tmpdir(), 'dm-mariadb-'));
  const port = await freePort();
  const data = join(folder, 'data');
  const share = join(programs, 'usr/share/mysql');
  const environment = { ...process.env, LD_LIBRARY_PATH: join(programs, 'usr/lib/x86_64-linux-gnu') };
  const options = { datadir: data, 'lc-messages-dir': join(share), basedir: join(programs, 'usr'), ...(process.getuid?.() === 0 && { user: 'root' }), 'innodb-buffer-pool-size': '64M', 'innodb-flush-log-at-trx-commit': '2', 'aria-log-dir-path': data };
  const flags = (more: Record<string, string>): string[] => Object.entries({ ...options, ...more }).map(([name, value]) => `--${name}=${value}`);
  const program = join(programs, 'usr/sbin/mariadbd');

  await mkdir(data);
  const scripts = await Promise.all(systemTables.map((name) => readFile(join(share, name), 'utf8')));
  const users = "FLUSH PRIVILEGES;\nCREATE USER dm@'127.0.0.1' IDENTIFIED BY 'dm';\nGRANT ALL ON *.* TO dm@'127.0.0.1' WITH GRANT OPTION;\n";
  await bootstrap(program, ['--no-defaults', '--bootstrap', ...flags({})], environment, ['CREATE DATABASE mysql;', 'USE mysql;', ...scripts, users].join('\n'));

  const connection = { host: '127.0.0.1', port, user: 'dm', password: 'dm' };
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const log = { 'log-bin': join(data, 'mariadb-bin'), 'binlog-format': 'ROW', 'binlog-row-metadata': 'FULL', 'server-id': '7', 'character-set-server': 'utf8mb4', 'sync-binlog': '0', port: String(port), 'bind-address': '127.0.0.1', socket: join(folder, 'socket'), ...settings };
    server = spawn(program, ['--no-defaults', '--skip-name-resolve', ...flags(log)], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
    let messages = '';
    await new Promise<void>((resolve, reject) => {
      server?.stderr?.on('data', (chunk: Buffer) => {
        messages += chunk.toString();
        if (/ready for connections/.test(messages)) resolve();
      });
      server?.once('exit', (code) => reject(new Error(`MariaDB ended with ${code}: ${messages.slice(-2000)}`)));
    });
  };
  await start();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  };
  const client = (): Promise<mysql.Connection> => mysql.createConnection({ ...connection, multipleStatements: true, timezone: 'Z' });
  const rows = async (sql: string): Promise<Record<string, unknown>[]> => {
    const own = await client();
    try {
      const [result] = await own.query(sql);
      return result as Record<string, unknown>[];
    } finally {
      await own.end();
    }
  };
  return {
    connection, client, rows, start,
    run: async (sql) => void (await rows(sql)),
    kill: () => end('SIGKILL'),
    async remove() {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function bootstrap(program: string, args: string[], env: NodeJS.ProcessEnv, sql: string): Promise<void> {
  const child = spawn(program, args, { env, stdio: ['pipe', 'ignore', 'pipe'] });
  let messages = '';
  child.stderr.on('data', (chunk: Buffer) => void (messages += chunk.toString()));
  const exited = once(child, 'exit');
  child.stdin.end(sql);
  const [code] = (await exited) as [number | null];
  if (code !== 0) throw new Error(`MariaDB's system tables were not made, exit code ${code}: ${messages.slice(-2000)}`);
}
