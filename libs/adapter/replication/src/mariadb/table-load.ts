import type { Connection } from 'mysql2/promise';
import type { Connection as StreamConnection } from 'mysql2';
import type { SourceFilter, StreamEvent } from '@data-master/change-events';
import { TerminalError, type ReplicationTask } from '@data-master/ports';
import { filterSql } from '../filter-sql.ts';
import { formatMicros } from '../instants.ts';
import { planRows, type RowPlan } from '../row-plan.ts';
import type { LoadPartState, TableState } from '../task-state.ts';
import { connect, identifier, literal, textRows, type MariaDbConnection } from './connection.ts';
import { columnSql, type MariaDbTable } from './source-catalog.ts';

const partRows = 500_000;
const batchRows = 2000;

/** Divides a table by ranges of its key, where that is one whole number; the first and last part have no end. */
export async function planParts(client: Connection, table: MariaDbTable): Promise<LoadPartState[]> {
  const relation = `${identifier(table.schema)}.${identifier(table.table)}`;
  const whole: LoadPartState[] = [{ partId: relation, relation }];
  const [key, ...others] = table.key;
  const count = Math.ceil(table.rows / partRows);
  if (key === undefined || others.length > 0 || count < 2 || !/int$/.test(table.columns.find(({ name }) => name === key)?.type ?? '')) return whole;
  const [range] = await textRows(client, `SELECT min(${identifier(key)}) AS low, max(${identifier(key)}) AS high FROM ${relation}`);
  if (range?.['low'] == null) return whole;
  const low = BigInt(range['low']);
  const step = (BigInt(range['high']!) - low) / BigInt(count) + 1n;
  const bound = (index: number): string => String(low + step * BigInt(index));
  return Array.from({ length: count }, (_, index) => ({
    partId: `${relation} from ${bound(index)}`, relation, ...(index > 0 && { from: bound(index) }), ...(index < count - 1 && { to: bound(index + 1) }),
  }));
}

export interface LoadJob {
  table: MariaDbTable;
  state: TableState;
}

export interface LoadOptions {
  connection: MariaDbConnection;
  task: ReplicationTask;
  jobs: readonly LoadJob[];
  onPart: (job: LoadJob, part: LoadPartState, rows: number) => Promise<void>;
  signal?: AbortSignal | undefined;
}

/** Loads all parts that are not done, several at a time, each as it is at present: what changed since the stamped position comes again through the log. */
export async function loadParts({ connection, task, jobs, onPart, signal }: LoadOptions): Promise<void> {
  const queue = jobs.flatMap((job) => job.state.parts.filter(({ partId }) => !job.state.doneParts.includes(partId)).map((part) => ({ job, part })));
  queue.sort((a, b) => b.job.table.loadOrder - a.job.table.loadOrder);
  let failed = false;
  const work = async (): Promise<void> => {
    const client = await connect(connection);
    try {
      await client.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      await client.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
      for (let next = queue.shift(); next && !failed && !signal?.aborted; next = queue.shift()) {
        await onPart(next.job, next.part, await loadPart(client, task, next.job, next.part));
      }
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      client.destroy();
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(task.settings.parallelLoads, queue.length) }, work));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

async function loadPart(client: Connection, task: ReplicationTask, { table, state }: LoadJob, part: LoadPartState): Promise<number> {
  const plan = planRows(table, task.mapping, task.contract);
  if (!plan) throw new TerminalError(`table ${table.schema}.${table.table} is no longer selected; expected the mapping of the task; give it another task name`);
  const time = formatMicros(state.loadedMicros);
  const sql = `SELECT ${table.columns.map(columnSql).join(', ')} FROM ${part.relation}${conditions(part, table.key[0], plan.filters)}`;
  let count = 0;
  async function* batches(): AsyncGenerator<(string | null)[][]> {
    const stream = (client as unknown as { connection: StreamConnection }).connection.query({ sql, rowsAsArray: true, typeCast: (field) => field.string() }).stream({ highWaterMark: batchRows });
    const floating = table.columns.flatMap(({ type }, index) => (type === 'float' || type === 'double' ? [index] : []));
    let rows: (string | null)[][] = [];
    for await (const row of stream as AsyncIterable<(string | null)[]>) {
      count += 1;
      for (const index of floating) row[index] &&= String(Number(row[index]));
      if (rows.push(row) < batchRows) continue;
      yield rows;
      rows = [];
    }
    if (rows.length > 0) yield rows;
  }
  const { target } = task;
  if (target.load && plan.columns.every(({ expression }) => expression === undefined)) {
    await target.load({
      tableName: plan.tableName, partId: `${task.name} ${state.position} ${part.partId}`, loadedAt: new Date(Number(state.loadedMicros / 1000n)),
      rows: csvOf(plan, table, batches(), `${time},"${state.position}"\n`),
    });
    return count;
  }
  for await (const rows of batches()) await target.write(rows.map((row) => loadEvent(plan, row, time, state.position)));
  return count;
}

async function* csvOf(plan: RowPlan, { columns }: MariaDbTable, batches: AsyncIterable<(string | null)[][]>, end: string): AsyncGenerator<Uint8Array> {
  const cells = plan.columns.map(({ source }) => columns.findIndex(({ name }) => name === source)).map((index) => ({ index, isNumber: columns[index]!.kind === 'number' }));
  yield Buffer.from(`${[...plan.columns.map(({ name }) => `"${name.replaceAll('"', '""')}"`), '_commit_time', '_position'].join(',')}\n`);
  for await (const rows of batches) {
    const parts: string[] = [];
    for (const row of rows) {
      for (const { index, isNumber } of cells) {
        const text = row[index] ?? null;
        parts.push(text === null ? ',' : isNumber ? `${text},` : `"${text.replaceAll('"', '""')}",`);
      }
      parts.push(end);
    }
    yield Buffer.from(parts.join(''));
  }
}

function loadEvent(plan: RowPlan, row: readonly (string | null)[], timestamp: string, streamPosition: string): StreamEvent {
  return { kind: 'data', operation: 'load', schemaName: plan.schemaName, tableName: plan.tableName, timestamp, partitionKeyType: 'schema-table', streamPosition, data: plan.encode(row, 'load') };
}

function conditions({ from, to }: LoadPartState, key: string | undefined, filters: readonly SourceFilter[]): string {
  const all = [
    ...(from === undefined || key === undefined ? [] : [`${identifier(key)} >= ${from}`]),
    ...(to === undefined || key === undefined ? [] : [`${identifier(key)} < ${to}`]),
    ...filters.map((filter) => filterSql(filter, { identifier, literal })),
  ];
  return all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`;
}
