import type { Connection } from 'mysql2/promise';
import { formatBinlogPosition } from '@data-master/change-events';
import { TerminalError, type Replication, type ReplicationTask } from '@data-master/ports';
import { createChangeEmitter } from '../change-emitter.ts';
import { streamChanges } from '../change-stream.ts';
import { replicateBySessions, startingStatus } from '../sessions.ts';
import { createTaskStateStore, type TaskState } from '../task-state.ts';
import { formatPlace, openBinlogStream, parsePlace, positionHead, type BinlogPlace } from './binlog-stream.ts';
import { connect, textRows, type MariaDbConnection } from './connection.ts';
import { asLakeError } from './mariadb-errors.ts';
import { checkLogSettings, readSelectedTables, type MariaDbTable } from './source-catalog.ts';
import { loadParts, planParts } from './table-load.ts';

/**
 * Replicates tables of a MariaDB (10.5 or later) by its binary log of rows. A snapshot says where in the log it stands;
 * tables are read as they are at that time or later and stamped with that place, and what changed since comes through the
 * log and settles to the same: load and changes meet without gap or overlap.
 */
export function createMariaDbReplication(connection: MariaDbConnection, task: ReplicationTask): Replication {
  const { logger } = task;
  const states = createTaskStateStore(task.store, task.name);
  const status = startingStatus();
  let current: { client: Connection; state: TaskState } | undefined;

  const session = async (thenStream: boolean, signal: AbortSignal | undefined, onProgress: () => void): Promise<void> => {
    status.phase = 'connecting';
    const client = await connect(connection);
    try {
      const { source, hasColumnNames } = await checkLogSettings(client);
      if (!hasColumnNames) logger.log('warn', 'source.log_without_names', { remedy: 'set binlog_row_metadata = FULL: without it changes before an altered table are read by its present columns' });
      const known = await states.read();
      if (known && known.source !== source) throw new TerminalError(`the source is ${source}; expected ${known.source}, from which the task was loaded; connect to that one, or give the task another name`);
      const tables = await readSelectedTables(client, task.mapping);
      if (tables.length === 0 && task.settings.failWithoutTables) throw new TerminalError('the table mapping selects no table of the source; expected at least one; see that database and table names match, with case');
      const state = known ?? { source, ...(await readPlace(client)), tables: {} };
      current = { client, state };
      await ensureLoaded(client, state, tables, onProgress, signal);
      delete status.error;
      if (!thenStream || signal?.aborted) return;
      await streamChanges({
        task, state, states, status, onProgress, lagBytes, signal,
        open: (sink) => openBinlogStream({
          connection, serverId: serverIdOf(task.name), from: parsePlace(state.position), tables, task,
          emitter: createChangeEmitter({ earliestMicros: state.commitMicros, ...sink }),
        }),
      });
    } finally {
      current = undefined;
      client.destroy();
    }
  };

  const ensureLoaded = async (client: Connection, state: TaskState, tables: readonly MariaDbTable[], onProgress: () => void, signal?: AbortSignal): Promise<void> => {
    const added = tables.filter((table) => !state.tables[nameOf(table)]);
    const place = parsePlace(state.position);
    for (const table of added) {
      if (table.key.length === 0) logger.log('warn', 'source.table_without_key', { table: nameOf(table), remedy: 'give it a primary key: without one its changes name no row' });
      state.tables[nameOf(table)] = { position: stampOf(place), loadedMicros: state.commitMicros, parts: await planParts(client, table), doneParts: [] };
    }
    if (added.length > 0) {
      await states.write(state);
      logger.log('info', 'replication.planned', { position: state.position, tables: added.map(nameOf) });
    }
    const jobs = tables.map((table) => ({ table, state: state.tables[nameOf(table)]! }));
    if (jobs.every(({ state: own }) => own.doneParts.length >= own.parts.length)) return;
    status.phase = 'loading';
    await loadParts({
      connection, task, jobs, signal,
      onPart: async (job, part, rows) => {
        job.state.doneParts.push(part.partId);
        status.loadedRows += rows;
        onProgress();
        await states.write(state);
        logger.log('info', 'load.part', { table: nameOf(job.table), lake_table: task.mapping.map(job.table.schema, job.table.table, []).tableName, part: part.partId, rows });
      },
    });
    if (!signal?.aborted) logger.log('info', 'replication.loaded', { rows: status.loadedRows });
  };

  const lagBytes = async (): Promise<number | undefined> => current && behind(current.client, parsePlace(current.state.position)).catch(() => undefined);

  return replicateBySessions(task, { status, session, toLakeError: (error) => asLakeError(error, task.name), lagBytes });
}

const nameOf = ({ schema, table }: { schema: string; table: string }): string => `${schema}.${table}`;
const stampOf = (place: BinlogPlace): string => positionHead(place) + formatBinlogPosition(0, 0, 0).slice(-20);

/** A place that a snapshot agrees with, and a time that is not later. */
async function readPlace(client: Connection): Promise<{ position: string; commitMicros: bigint }> {
  const [clock] = await textRows(client, 'SELECT cast(unix_timestamp(now(6)) * 1000000 AS integer) AS micros');
  await client.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
  const rows = await textRows(client, "SHOW STATUS LIKE 'binlog_snapshot_%'");
  await client.query('COMMIT');
  const values = new Map(rows.map((row) => [row['Variable_name']?.toLowerCase(), row['Value']]));
  const file = values.get('binlog_snapshot_file');
  if (!file) throw new TerminalError('the source writes no binary log; expected log_bin = ON; set it and restart the database');
  return { position: formatPlace({ file, offset: Number(values.get('binlog_snapshot_position')) }), commitMicros: BigInt(clock!['micros']!) };
}

/** Bytes of log after a place. */
async function behind(client: Connection, { file, offset }: BinlogPlace): Promise<number> {
  const logs = await textRows(client, 'SHOW BINARY LOGS');
  return logs.filter((log) => log['Log_name']! >= file).reduce((sum, log) => sum + Number(log['File_size']), 0) - offset;
}

/** A number by which the source knows the task among its replicas. */
function serverIdOf(task: string): number {
  let hash = 0;
  for (const char of task) hash = (hash * 31 + char.codePointAt(0)!) % 1_000_000_007;
  return 1_000_000_000 + hash;
}
