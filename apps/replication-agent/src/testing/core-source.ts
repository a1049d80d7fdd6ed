import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestMariaDb, TestPostgres } from '@data-master/replication/testing';

/** A database that the agent reads, whichever it is, and its dialect where the tests need it. */
export interface CoreSource {
  url: string;
  /** Runs statements on one connection until `work` ends. */
  withSession: <Result>(work: (execute: (sql: string) => Promise<number>) => Promise<Result>) => Promise<Result>;
  texts: (select: string) => Promise<(string | null)[][]>;
  kill: () => Promise<void>;
  start: () => Promise<void>;
  /** Returns when an agent with this stage has brought all that is in the log now. */
  caughtUp: (stage: string) => Promise<void>;
  /** True of an error that ends a connection, not of one that a statement is at fault for. */
  isInterruption: (error: unknown) => boolean;
  /** A FROM clause with the numbers of a range as column i. */
  series: (from: number, to: number) => string;
  insertAbsent: (into: string, select: string) => string;
  upsert: (insert: string, key: string, set: string) => string;
}

const pollMs = 50;

export function postgresSource(postgres: TestPostgres): CoreSource {
  const { user, password, host, port, database } = postgres.connection;
  return {
    url: `postgres://${user}:${password}@${host}:${port}/${database}`,
    async withSession(work) {
      const client = await postgres.client();
      try {
        return await work(async (sql) => (await client.query(sql)).rowCount ?? 0);
      } finally {
        await client.end().catch(() => undefined);
      }
    },
    async texts(select) {
      const client = await postgres.client();
      const types = { getTypeParser: () => (text: string) => text };
      const { rows } = await client.query<(string | null)[]>({ text: select, rowMode: 'array', types });
      await client.end();
      return rows;
    },
    kill: postgres.kill,
    start: postgres.start,
    async caughtUp() {
      const [end] = await postgres.rows('SELECT pg_current_wal_lsn() AS lsn');
      const isDone = async (): Promise<boolean> => (await postgres.rows(`SELECT FROM pg_replication_slots WHERE slot_name = 'dm_core' AND confirmed_flush_lsn >= '${String(end?.['lsn'])}'`)).length > 0;
      while (!(await isDone())) await delay(pollMs);
    },
    isInterruption: (error) => !/^(?:22|23|42)/.test((error as { code?: string }).code ?? ''),
    series: (from, to) => `FROM generate_series(${from}, ${to}) AS i`,
    insertAbsent: (into, select) => `INSERT INTO ${into} ${select} ON CONFLICT DO NOTHING`,
    upsert: (insert, key, set) => `${insert} ON CONFLICT (${key}) DO UPDATE SET ${set}`,
  };
}

export function mariaDbSource(mariaDb: TestMariaDb): CoreSource {
  const { user, password, host, port } = mariaDb.connection;
  return {
    url: `mariadb://${user}:${password}@${host}:${port}`,
    async withSession(work) {
      const client = await mariaDb.client();
      client.on('error', () => undefined);
      try {
        return await work(async (sql) => {
          const [result] = await client.query(sql);
          return (result as { affectedRows?: number }).affectedRows ?? 0;
        });
      } finally {
        client.destroy();
      }
    },
    async texts(select) {
      const client = await mariaDb.client();
      const [rows] = await client.query({ sql: select, rowsAsArray: true, typeCast: (field) => field.string() });
      await client.end();
      return rows as (string | null)[][];
    },
    kill: mariaDb.kill,
    start: mariaDb.start,
    async caughtUp(stage) {
      const [end] = await mariaDb.rows('SHOW MASTER STATUS');
      const position = `${String(end?.['File'])}:${String(end?.['Position'])}`;
      const isDone = async (): Promise<boolean> => (JSON.parse(await readFile(join(stage, 'replication/core/state.json'), 'utf8')) as { position: string }).position === position;
      while (!(await isDone())) await delay(pollMs);
    },
    isInterruption: (error) => !/^ER_(?!SERVER_SHUTDOWN|CON_|QUERY_INTERRUPTED)/.test((error as { code?: string }).code ?? ''),
    series: (from, to) => `FROM (SELECT seq AS i FROM dm_core.seq_${from}_to_${to}) AS numbers`,
    insertAbsent: (into, select) => `INSERT IGNORE INTO ${into} ${select}`,
    upsert: (insert, _key, set) => `${insert} ON DUPLICATE KEY UPDATE ${set}`,
  };
}
