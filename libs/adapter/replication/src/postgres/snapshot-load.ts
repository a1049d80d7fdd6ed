import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { SourceFilter, StreamEvent } from '@data-master/change-events';
import { TerminalError, type ReplicationTask } from '@data-master/ports';
import { filterSql } from '../filter-sql.ts';
import { formatMicros } from '../instants.ts';
import { planRows, type RowPlan } from '../row-plan.ts';
import type { LoadPartState, TableState } from '../task-state.ts';
import { connect, identifier, literal, type PostgresConnection } from './connection.ts';
import { readCopyRows } from './copy-text.ts';
import { readHeaps, type PostgresTable } from './source-catalog.ts';

/** Parts are of so many pages, 32 MiB where pages are of 8 KiB. */
const partPages = 4096;

/** Divides a table by ranges of pages; the last part of each relation has no end, should it have grown. */
export async function planParts(client: pg.Client, table: PostgresTable): Promise<LoadPartState[]> {
  const heaps = await readHeaps(client, table.oid);
  return heaps.flatMap(({ relation, pages, filenode }) => {
    const count = Math.max(1, Math.ceil(pages / partPages));
    return Array.from({ length: count }, (_, index): LoadPartState => ({
      partId: `${relation} from page ${index * partPages}`, relation, filenode, ...(index > 0 && { from: String(index * partPages) }), ...(index < count - 1 && { to: String((index + 1) * partPages) }),
    }));
  });
}

export interface LoadJob {
  table: PostgresTable;
  state: TableState;
}

export interface LoadOptions {
  connection: PostgresConnection;
  task: ReplicationTask;
  jobs: readonly LoadJob[];
  /** Of the slot; without it each connection reads the present, whose later changes the log brings again. */
  snapshot?: string | undefined;
  onPart: (job: LoadJob, part: LoadPartState, rows: number) => Promise<void>;
  signal?: AbortSignal | undefined;
}

/** Loads all parts that are not done, several at a time. */
export async function loadParts({ connection, task, jobs, snapshot, onPart, signal }: LoadOptions): Promise<void> {
  const queue = jobs.flatMap((job) => job.state.parts.filter(({ partId }) => !job.state.doneParts.includes(partId)).map((part) => ({ job, part })));
  queue.sort((a, b) => b.job.table.loadOrder - a.job.table.loadOrder);
  let failed = false;
  const work = async (): Promise<void> => {
    if (queue.length === 0) return;
    const client = await connect(connection);
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      if (snapshot !== undefined) await client.query(`SET TRANSACTION SNAPSHOT ${literal(snapshot)}`);
      for (let next = queue.shift(); next && !failed && !signal?.aborted; next = queue.shift()) {
        const rows = await loadPart(client, task, next.job, next.part);
        await onPart(next.job, next.part, rows);
      }
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(task.settings.parallelLoads, queue.length) }, work));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

async function loadPart(client: pg.Client, task: ReplicationTask, { table, state }: LoadJob, part: LoadPartState): Promise<number> {
  const plan = planRows(table, task.mapping, task.contract);
  if (!plan) throw new TerminalError(`table ${table.schema}.${table.table} is no longer selected; expected the mapping of the task; give it another task name`);
  const time = formatMicros(state.loadedMicros);
  const from = `FROM ONLY ${part.relation}${conditions(part, plan.filters)}`;
  const { target } = task;
  if (target.load && plan.columns.every(({ expression }) => expression === undefined)) {
    const columns = [...plan.columns.map(({ source }) => identifier(source!)), literal(time), literal(state.position)];
    const stream = client.query(copyTo(`COPY (SELECT ${columns.join(', ')} ${from}) TO STDOUT (FORMAT csv)`, { highWaterMark: 1 << 20 }));
    const rows = withHeader([...plan.columns.map(({ name }) => name), '_commit_time', '_position'], stream);
    await target.load({ tableName: plan.tableName, partId: `${task.name} ${state.position} ${part.partId}`, loadedAt: new Date(Number(state.loadedMicros / 1000n)), rows });
    return stream.rowCount;
  }
  const stream = client.query(copyTo(`COPY (SELECT ${table.columns.map(({ name }) => identifier(name)).join(', ')} ${from}) TO STDOUT`, { highWaterMark: 1 << 20 }));
  for await (const rows of readCopyRows(stream, task.settings.bufferBytes)) await target.write(rows.map((row) => loadEvent(plan, row, time, state.position)));
  return stream.rowCount;
}

function loadEvent(plan: RowPlan, row: readonly (string | null)[], timestamp: string, streamPosition: string): StreamEvent {
  return { kind: 'data', operation: 'load', schemaName: plan.schemaName, tableName: plan.tableName, timestamp, partitionKeyType: 'schema-table', streamPosition, data: plan.encode(row, 'load') };
}

async function* withHeader(names: readonly string[], rows: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${names.map((name) => (/^\w+$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`)).join(',')}\n`);
  yield* rows;
}

function conditions({ from, to }: LoadPartState, filters: readonly SourceFilter[]): string {
  const all = [
    ...(from === undefined ? [] : [`ctid >= '(${from},0)'::tid`]),
    ...(to === undefined ? [] : [`ctid < '(${to},0)'::tid`]),
    ...filters.map((filter) => filterSql(filter, { identifier, literal })),
  ];
  return all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`;
}
