import { MongoClient, type ChangeStreamDocument, type Db, type Timestamp } from 'mongodb';
import type { StreamEvent } from '@data-master/change-events';
import { TerminalError, type Replication, type ReplicationTask } from '@data-master/ports';
import { createChangeEmitter } from '../change-emitter.ts';
import { streamChanges, type ChangeSink, type OpenLog } from '../change-stream.ts';
import { createDocumentRows, rowOf } from '../documents/document-rows.ts';
import { formatMicros } from '../instants.ts';
import { replicateBySessions, startingStatus } from '../sessions.ts';
import { createTaskStateStore, type TableState, type TaskState } from '../task-state.ts';
import { createDocumentPlanner, createEventReader } from './document-changes.ts';
import { exactValues } from './document-json.ts';
import { asLakeError } from './mongodb-errors.ts';
import { clusterTimeHead, formatPlace, microsOf, parsePlace, type StreamPlace } from './stream-place.ts';

const batchRows = 1000;

/**
 * Replicates collections of a database of MongoDB by its change stream. A time of the cluster is taken first; collections are
 * read as they are then or later and stamped with it, and what changed since comes through the stream and settles to the
 * same. An update brings the document as it is when the stream is read: a later state comes again with its own, later event.
 */
export function createMongoDbReplication(url: string, task: ReplicationTask): Replication {
  const { logger } = task;
  const states = createTaskStateStore(task.store, task.name);
  const status = startingStatus();

  const session = async (thenStream: boolean, signal: AbortSignal | undefined, onProgress: () => void): Promise<void> => {
    status.phase = 'connecting';
    const client = new MongoClient(url, { serverSelectionTimeoutMS: 10_000, connectTimeoutMS: 10_000 });
    try {
      const db = client.db();
      const source = `mongodb ${await replicaSetOf(db)} ${db.databaseName}`;
      const known = await states.read();
      if (known && known.source !== source) throw new TerminalError(`the source is ${source}; expected ${known.source}, from which the task was loaded; connect to that one, or give the task another name`);
      const collections = (await db.listCollections({ type: 'collection' }, { nameOnly: true }).toArray()).map(({ name }) => name).filter((name) => !name.startsWith('system.') && task.mapping.select(db.databaseName, name));
      if (collections.length === 0 && task.settings.failWithoutTables) throw new TerminalError(`the table mapping selects no collection of ${db.databaseName}; expected at least one; see that database and collection names match, with case`);
      const now = await clusterTime(client, db);
      const state: TaskState = known ?? { source, position: formatPlace({ startAtOperationTime: now }), commitMicros: microsOf(now), tables: {} };
      await ensureLoaded(db, state, collections, onProgress, signal);
      delete status.error;
      if (!thenStream || signal?.aborted) return;
      await streamChanges({ task, state, states, status, onProgress, signal, open: async (sink) => openChangeStream(db, state, sink) });
    } finally {
      await client.close();
    }
  };

  const ensureLoaded = async (db: Db, state: TaskState, collections: readonly string[], onProgress: () => void, signal?: AbortSignal): Promise<void> => {
    const added = collections.filter((name) => !state.tables[name]);
    for (const name of added) state.tables[name] = { position: `${stampHead(state)}${'0'.repeat(20)}`, loadedMicros: state.commitMicros, parts: [{ partId: name, relation: name }], doneParts: [] };
    if (added.length > 0) {
      await states.write(state);
      logger.log('info', 'replication.planned', { position: state.position, tables: added });
    }
    for (const name of collections) {
      const table = state.tables[name]!;
      if (table.doneParts.length > 0 || signal?.aborted) continue;
      status.phase = 'loading';
      const rows = await loadCollection(db, name, table);
      status.loadedRows += rows;
      table.doneParts.push(name);
      onProgress();
      await states.write(state);
      logger.log('info', 'load.part', { table: name, rows });
    }
  };

  const loadCollection = async (db: Db, name: string, { position, loadedMicros }: TableState): Promise<number> => {
    const plan = createDocumentPlanner(task, createDocumentRows(task));
    const timestamp = formatMicros(loadedMicros);
    let count = 0;
    let events: StreamEvent[] = [];
    const flush = async (): Promise<void> => {
      if (events.length > 0) await task.target.write(events);
      events = [];
    };
    for await (const document of db.collection(name, { readConcern: { level: 'majority' } }).find({}, { ...exactValues, batchSize: batchRows })) {
      const planned = plan(db.databaseName, name, document);
      if (planned === undefined) continue;
      if ('problem' in planned) throw new TerminalError(`a document of ${name}: ${planned.problem}`);
      const { plan: rows } = planned.planned;
      const row = rowOf(planned.planned, planned.members, false);
      if (!rows.passes(row)) continue;
      events.push({ kind: 'data', operation: 'load', schemaName: rows.schemaName, tableName: rows.tableName, timestamp, partitionKeyType: 'schema-table', streamPosition: position, data: rows.encode(row, 'load') });
      count += 1;
      if (events.length === batchRows) await flush();
    }
    await flush();
    return count;
  };

  /** Events of one time of the cluster are one transaction: it ends with the first event of another, or when there is none. */
  const openChangeStream = (db: Db, state: TaskState, sink: ChangeSink): OpenLog => {
    const emitter = createChangeEmitter({ ...sink, earliestMicros: state.commitMicros });
    const read = createEventReader(task, createDocumentPlanner(task, createDocumentRows(task)), emitter, sink.onRejected);
    const stream = db.watch([], { ...exactValues, ...parsePlace(state.position), fullDocument: 'updateLookup' });
    let gate: PromiseWithResolvers<void> | undefined;
    let isClosing = false;
    let last: { time: Timestamp; place: StreamPlace } | undefined;
    const take = (event: ChangeStreamDocument): void => {
      if (event.operationType === 'invalidate') throw new TerminalError(`the database ${db.databaseName} was dropped; expected it to stay; remove the state of the task to load another anew`);
      const time = event.clusterTime;
      if (!time) throw new TerminalError('an event of the change stream has no clusterTime; expected it of MongoDB 4.0 or later; upgrade the source');
      if (last && !last.time.equals(time)) emitter.commit(formatPlace(last.place));
      if (!last?.time.equals(time)) emitter.begin(microsOf(time), 'txnNumber' in event && event.txnNumber !== undefined ? String(event.txnNumber) : '', clusterTimeHead(time));
      read(event);
      last = { time, place: { resumeAfter: event._id } };
    };
    const run = async (): Promise<void> => {
      while (!isClosing) {
        await gate?.promise;
        const event = await stream.tryNext();
        if (event) take(event);
        else if (last) {
          emitter.commit(formatPlace({ resumeAfter: stream.resumeToken }));
          last = undefined;
        }
      }
    };
    const ended = run().catch((error: unknown) => { if (!isClosing) throw error; });
    ended.catch(() => undefined);
    return {
      pause: () => void (gate ??= Promise.withResolvers()),
      resume() {
        gate?.resolve();
        gate = undefined;
      },
      ended,
      async close() {
        isClosing = true;
        gate?.resolve();
        await stream.close();
        await ended.catch(() => undefined);
      },
    };
  };

  return replicateBySessions(task, { status, session, toLakeError: (error) => asLakeError(error, task.name) });
}

/** Change streams are had of replica sets and sharded clusters only. */
async function replicaSetOf(db: Db): Promise<string> {
  const hello = await db.admin().command({ hello: 1 });
  const name = (hello['setName'] as string | undefined) ?? (hello['msg'] === 'isdbgrid' ? 'sharded' : undefined);
  if (name === undefined) throw new TerminalError('the source is a MongoDB on its own, which has no change stream; expected a replica set or a sharded cluster; start it with --replSet and run rs.initiate()');
  return name;
}

async function clusterTime(client: MongoClient, db: Db): Promise<Timestamp> {
  return client.withSession(async (session) => {
    await db.command({ ping: 1 }, { session });
    if (!session.operationTime) throw new TerminalError('the source tells no operationTime; expected it of a replica set; upgrade it to MongoDB 4.0 or later');
    return session.operationTime;
  });
}

/** Loaded rows are stamped with the time of the cluster where the stream began, or with its seconds where it has gone on since. */
function stampHead({ position, commitMicros }: TaskState): string {
  const place = parsePlace(position);
  return 'startAtOperationTime' in place ? clusterTimeHead(place.startAtOperationTime) : `${String(commitMicros / 1_000_000n).padStart(10, '0')}.0000000000.`;
}
