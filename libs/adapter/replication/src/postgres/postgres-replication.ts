import type pg from 'pg';
import { formatLogPosition, formatLsn, parseLsn } from '@data-master/change-events';
import { TerminalError, type Replication, type ReplicationTask } from '@data-master/ports';
import { createChangeEmitter } from '../change-emitter.ts';
import { streamChanges } from '../change-stream.ts';
import { replicateBySessions, startingStatus } from '../sessions.ts';
import { createTaskStateStore, type TaskState } from '../task-state.ts';
import { connect, textRows, type PostgresConnection } from './connection.ts';
import { createLogEvents } from './log-events.ts';
import { createSlot, openLogStream, type CreatedSlot } from './log-stream.ts';
import { createPgOutputParser } from './pgoutput.ts';
import { asLakeError, lostSlot } from './postgres-errors.ts';
import { ensurePublication } from './publication.ts';
import { loadParts, planParts } from './snapshot-load.ts';
import { readHeaps, readSelectedTables, type PostgresTable } from './source-catalog.ts';
import { completeEvents } from './unchanged-values.ts';

/**
 * Replicates tables of a PostgreSQL (13 or later) by logical replication. A slot is made first, and what it says is
 * committed before it is loaded from its snapshot: load and changes meet without gap or overlap. A load that was
 * interrupted goes on from the present: what changed since the slot comes again and settles to the same.
 */
export function createPostgresReplication(connection: PostgresConnection, task: ReplicationTask): Replication {
  const slot = `dm_${task.name}`;
  if (!/^[a-z][a-z0-9_]{0,50}$/.test(task.name)) throw new TerminalError(`task name ${JSON.stringify(task.name)}; expected lower snake_case of at most 51 characters; rename the task`);
  const { logger } = task;
  const states = createTaskStateStore(task.store, task.name);
  const status = startingStatus();
  let catalogClient: pg.Client | undefined;

  const session = async (thenStream: boolean, signal: AbortSignal | undefined, onProgress: () => void): Promise<void> => {
    status.phase = 'connecting';
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => undefined);
    const client = await connect(connection, { onError: lost.reject });
    const replicationClient = await connect(connection, { replication: true, onError: lost.reject }).catch(async (error: unknown) => {
      await client.end();
      throw error;
    });
    catalogClient = client;
    try {
      const tables = await readSelectedTables(client, task.mapping);
      const state = await ensureLoaded(client, replicationClient, tables, onProgress, signal);
      await replicationClient.end();
      delete status.error;
      if (!thenStream || signal?.aborted) return;
      await stream(client, tables, state, onProgress, lost.promise, signal);
    } finally {
      catalogClient = undefined;
      await replicationClient.end().catch(() => undefined);
      await client.end().catch(() => undefined);
    }
  };

  const ensureLoaded = async (client: pg.Client, replicationClient: pg.Client, tables: readonly PostgresTable[], onProgress: () => void, signal?: AbortSignal): Promise<TaskState> => {
    const identity = (await replicationClient.query<{ systemid: string; dbname: string }>('IDENTIFY_SYSTEM')).rows[0]!;
    const source = `postgres ${identity.systemid} ${identity.dbname}`;
    const known = await states.read();
    if (known && known.source !== source) throw new TerminalError(`the source is ${source}; expected ${known.source}, from which the task was loaded; connect to that one, or give the task another name`);
    if (tables.length === 0 && task.settings.failWithoutTables) throw new TerminalError('the table mapping selects no table of the source; expected at least one; see that schema and table names match, with case');
    await checkSlot(client, known !== undefined);
    await ensurePublication(client, slot, tables, logger);

    const state: TaskState = known ?? { source, position: '', commitMicros: 0n, tables: {} };
    const added = tables.filter((table) => !state.tables[nameOf(table)]);
    let created: CreatedSlot | undefined;
    if (!known || added.length > 0) {
      const clock = await textRows(client, 'SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8 AS micros');
      const loadedMicros = BigInt(clock[0]!['micros']!);
      created = known ? await createSlot(replicationClient, `${slot}_load`, { temporary: true }) : await createSlot(replicationClient, slot);
      for (const table of added) state.tables[nameOf(table)] = { position: formatLogPosition(created.position, 0), loadedMicros, parts: await planParts(client, table), doneParts: [] };
      if (!known) state.position = formatLsn(created.position);
      if (loadedMicros > state.commitMicros) state.commitMicros = loadedMicros;
      await states.write(state);
      logger.log('info', 'replication.planned', { slot, position: formatLsn(created.position), tables: added.map(nameOf) });
    }
    const all = tables.flatMap((table) => {
      const own = state.tables[nameOf(table)];
      return own ? [{ table, state: own }] : [];
    });
    const fresh = all.filter(({ table }) => added.includes(table));
    const begun = all.filter(({ table }) => !added.includes(table));
    for (const { table, state: own } of begun) if (own.doneParts.length < own.parts.length) await replanMoved(client, table, own);

    const onPart = async (job: (typeof all)[number], part: { partId: string }, rows: number): Promise<void> => {
      job.state.doneParts.push(part.partId);
      status.loadedRows += rows;
      onProgress();
      await states.write(state);
      logger.log('info', 'load.part', { table: nameOf(job.table), lake_table: task.mapping.map(job.table.schema, job.table.table, []).tableName, part: part.partId, rows });
    };
    const isPending = all.some(({ state: own }) => own.doneParts.length < own.parts.length);
    if (isPending) {
      status.phase = 'loading';
      await loadParts({ connection, task, jobs: fresh, snapshot: created?.snapshot, onPart, signal });
      await loadParts({ connection, task, jobs: begun, onPart, signal });
      if (!signal?.aborted) logger.log('info', 'replication.loaded', { rows: status.loadedRows });
    }
    return state;
  };

  const checkSlot = async (client: pg.Client, isExpected: boolean): Promise<void> => {
    const [found] = await textRows(client, 'SELECT to_jsonb(s) AS slot FROM pg_replication_slots AS s WHERE slot_name = $1', [slot]);
    const details = found && (JSON.parse(found['slot']!) as { wal_status?: string | null; invalidation_reason?: string | null; plugin?: string });
    if (!isExpected) {
      if (!found) return;
      logger.log('warn', 'replication.slot_dropped', { slot, reason: 'it was made by a run that left no state' });
      await client.query('SELECT pg_drop_replication_slot($1)', [slot]);
      return;
    }
    if (!details) throw lostSlot(slot, 'it does not exist');
    if (details.wal_status === 'lost' || details.invalidation_reason) throw lostSlot(slot, details.invalidation_reason ?? 'the log that it needs was removed');
  };

  const stream = (client: pg.Client, tables: readonly PostgresTable[], state: TaskState, onProgress: () => void, lost: Promise<never>, signal?: AbortSignal): Promise<void> => streamChanges({
    task, state, states, status, onProgress, lagBytes, lost, signal,
    complete: (events, incomplete) => completeEvents(client, tables, events, incomplete),
    open: async (sink) => {
      const emitter = createChangeEmitter({ earliestMicros: state.commitMicros, ...sink });
      const log = await openLogStream({
        connection, slot, publication: slot,
        onMessage: createPgOutputParser(createLogEvents(emitter, { tables, mapping: task.mapping, contract: task.contract, logger })),
        isIdle: () => sink.isIdle() && !emitter.isInTransaction(),
      });
      return { ...log, confirm: (position) => log.confirm(parseLsn(position) ?? 0n) };
    },
  });

  const lagBytes = async (): Promise<number | undefined> => {
    const rows = catalogClient ? await textRows(catalogClient, 'SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::int8 AS bytes FROM pg_replication_slots WHERE slot_name = $1', [slot]).catch(() => []) : [];
    return rows[0]?.['bytes'] == null ? undefined : Number(rows[0]['bytes']);
  };

  return replicateBySessions(task, { status, session, toLakeError: (error) => asLakeError(error, slot), lagBytes });
}

const nameOf = ({ schema, table }: { schema: string; table: string }): string => `${schema}.${table}`;

/** Where a relation was written anew since its parts were planned, they hold other rows: all of it is loaded again. */
async function replanMoved(client: pg.Client, table: PostgresTable, state: TaskState['tables'][string]): Promise<void> {
  const heaps = new Map((await readHeaps(client, table.oid)).map(({ relation, filenode }) => [relation, filenode]));
  const moved = new Set(state.parts.filter(({ relation, filenode }) => heaps.get(relation) !== filenode).map(({ relation }) => relation));
  const isNew = [...heaps.keys()].some((relation) => !state.parts.some((part) => part.relation === relation));
  if (moved.size === 0 && !isNew) return;
  const parts = await planParts(client, table);
  state.doneParts = state.doneParts.filter((partId) => !state.parts.some((part) => part.partId === partId && moved.has(part.relation)));
  state.parts = parts.filter(({ relation }) => moved.has(relation) || !state.parts.some((part) => part.relation === relation)).concat(state.parts.filter(({ relation }) => !moved.has(relation)));
}

