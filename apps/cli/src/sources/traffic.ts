import { setTimeout as delay } from 'node:timers/promises';
import { createTraffic, type TrafficOperation, type TrafficQuality, type TrafficTable } from '@data-master/beer-sample';
import { connect, withConnection, type DatabaseConnection } from '@data-master/operational-database';
import { TerminalError } from '@data-master/ports';

type Client = Awaited<ReturnType<typeof connect>>;

export interface TrafficOptions {
  connection: DatabaseConnection;
  /** Operations a second that are aimed at. */
  rps: number;
  durationMs: number;
  /** Connections that work side by side. */
  parallel: number;
  quality: TrafficQuality;
  seed: number;
  signal: AbortSignal;
}

export interface TrafficReport {
  operations: number;
  insert: number;
  update: number;
  delete: number;
  /** Of them, records that the contracts refuse. */
  bad: number;
  /** Operations whose row was gone. */
  missed: number;
  /** Operations that the database refused, by its code. */
  errors: Record<string, number>;
  seconds: number;
}

/** How much longer it may take to make the operations that are due. */
const latenessMs = 1_000;
const tables: readonly TrafficTable[] = ['brewery', 'beer', 'profile', 'review'];

/**
 * Works on the operational database at a rate until the time is over or the signal ends it; `report` is up to date at any
 * moment. The operations are those of the seed; side by side, their order may differ. An error of the connection ends it.
 */
export async function runTraffic({ connection, rps, durationMs, parallel, quality, seed, signal }: TrafficOptions, report: TrafficReport): Promise<void> {
  const { highest, latest } = await withConnection(connection, readBounds);
  const operationOf = createTraffic({ seed, quality, highest, firstSecond: latest + 1 });
  const total = Math.round((rps * durationMs) / 1_000);
  const started = performance.now();
  const elapsedMs = (): number => performance.now() - started;
  let next = 0;
  let isBroken = false;
  const work = async (): Promise<void> => {
    const client = await connect(connection);
    try {
      while (next < total && elapsedMs() < durationMs + latenessMs && !signal.aborted && !isBroken) {
        const index = next++;
        const waitMs = (index * 1_000) / rps - elapsedMs();
        if (waitMs > 1) await delay(waitMs, undefined, { signal });
        await count(report, operationOf(index), client);
        report.seconds = elapsedMs() / 1_000;
      }
    } catch (error) {
      if (signal.aborted) return;
      isBroken = true;
      throw error;
    } finally {
      await client.end();
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
}

export const emptyReport = (): TrafficReport => ({ operations: 0, insert: 0, update: 0, delete: 0, bad: 0, missed: 0, errors: {}, seconds: 0 });

async function count(report: TrafficReport, operation: TrafficOperation, client: Client): Promise<void> {
  report.operations += 1;
  try {
    const { rowCount } = await client.query(statementOf(operation));
    if (rowCount === 0) report.missed += 1;
    else {
      report[operation.kind] += 1;
      if (operation.isBad) report.bad += 1;
    }
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (!/^(?:22|23|40)/.test(code)) throw error;
    report.errors[code] = (report.errors[code] ?? 0) + 1;
  }
}

/** The key of the first row of a table from a parameter on. */
const firstFrom = (table: TrafficTable, parameter: string): string => `(SELECT ${table}_id FROM dm_core.${table} WHERE ${table}_id >= ${parameter} ORDER BY ${table}_id LIMIT 1)`;

/** Names of texts, by which a connection prepares each of them once. */
const statementNames = new Map<string, string>();

function statementOf({ kind, table, key, values, refersTo }: TrafficOperation): { name: string; text: string; values: (string | number | null)[] } {
  const names = Object.keys(values);
  const parameters = [key, ...Object.values(values), ...(refersTo ? [refersTo.beer, refersTo.profile] : [])];
  const text = (): string => {
    if (kind === 'delete') return `DELETE FROM dm_core.${table} WHERE ${table}_id = ${firstFrom(table, '$1')}`;
    if (kind === 'update') return `UPDATE dm_core.${table} SET ${names.map((name, index) => `${name} = $${index + 2}`).join(', ')} WHERE ${table}_id = ${firstFrom(table, '$1')}`;
    const given = names.map((_name, index) => `$${index + 2}`).join(', ');
    if (!refersTo) return `INSERT INTO dm_core.${table} (${table}_id, ${names.join(', ')}) VALUES ($1, ${given})`;
    return `INSERT INTO dm_core.review (review_id, ${names.join(', ')}, beer_id, brewery_id, profile_id)
SELECT $1::bigint, ${names.map((name, index) => `$${index + 2}::${name === 'review_time' ? 'bigint' : 'numeric'}`).join(', ')}, beer_id, brewery_id, ${firstFrom('profile', `$${names.length + 3}`)}
FROM dm_core.beer WHERE beer_id = ${firstFrom('beer', `$${names.length + 2}`)}`;
  };
  const statement = text();
  if (!statementNames.has(statement)) statementNames.set(statement, `traffic ${statementNames.size}`);
  return { name: statementNames.get(statement)!, text: statement, values: parameters };
}

async function readBounds(client: Client): Promise<{ highest: Record<TrafficTable, number>; latest: number }> {
  const columns = tables.map((table) => `(SELECT coalesce(max(${table}_id), 0) FROM dm_core.${table}) AS ${table}`);
  const { rows } = await client.query<Record<TrafficTable | 'latest', string>>(`SELECT ${columns.join(', ')}, (SELECT coalesce(max(review_time), 0) FROM dm_core.review WHERE review_time < 253402300800 / 2) AS latest`);
  const { latest, ...keys } = rows[0]!;
  const highest = Object.fromEntries(tables.map((table) => [table, Number(keys[table])])) as Record<TrafficTable, number>;
  const empty = tables.find((table) => highest[table] < 1);
  if (empty) throw new TerminalError(`table ${empty} of the operational database is empty; expected rows to work on; load some: dm seed`);
  return { highest, latest: Number(latest) };
}
