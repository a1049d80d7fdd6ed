import { join } from 'node:path';
import {
  describeChangeStream,
  describeChangeStreamReader,
  describeControlStore,
  createMemoryLogger,
  describeLocalFiles,
  describeNotifier,
  describeObjectStore,
  describeOrderedQueue,
  describeOutbox,
  describeSchedules,
  describeSecrets,
  createManualClock,
  readAllRecords,
} from '@data-master/testing';
import {
  createFileLocalFiles,
  createFileObjectStore,
  createFileSecrets,
  createLogNotifier,
  createSqliteChangeStream,
  createSqliteControlStore,
  createSqliteOutbox,
  createSqliteQueue,
  createSqliteSchedules,
  openLakeDatabase,
  openSqliteStreamReader,
  openStreamDatabase,
  type LakeDatabase,
  type StreamDatabase,
} from './index.ts';
import { makeTemporaryFolder } from './testdata/temporary-folder.ts';

async function openTemporaryDatabase(onEnd: (clean: () => unknown) => void): Promise<LakeDatabase> {
  const database = await openLakeDatabase(join(await makeTemporaryFolder(onEnd), 'lake.sqlite'));
  onEnd(() => database.close());
  return database;
}

describeObjectStore('the file object store', async (onEnd) => createFileObjectStore({ root: await makeTemporaryFolder(onEnd) }));

describeLocalFiles('local files of a file store', async (onEnd) => {
  const folder = await makeTemporaryFolder(onEnd);
  const root = join(folder, 'objects');
  return { store: createFileObjectStore({ root }), open: () => createFileLocalFiles({ root, scratch: join(folder, 'scratch') }) };
});

describeControlStore('the SQLite control store', async (onEnd) => {
  const database = await openTemporaryDatabase(onEnd);
  return { control: createSqliteControlStore(database), outbox: createSqliteOutbox(database) };
});

describeOutbox('the SQLite outbox', async (onEnd) => createSqliteOutbox(await openTemporaryDatabase(onEnd)));

describeOrderedQueue('the SQLite queue', async (clock, onEnd) => createSqliteQueue(await openTemporaryDatabase(onEnd), 'work', clock));

describeSchedules('the SQLite schedules', async (clock, onEnd) => {
  const database = await openTemporaryDatabase(onEnd);
  return { open: () => createSqliteSchedules(database, clock) };
});

describeSecrets('the file secrets', async (onEnd) => {
  const folder = join(await makeTemporaryFolder(onEnd), 'keys');
  return { open: () => createFileSecrets({ folder }) };
});

describeNotifier('the notifier of the log', async () => {
  const logger = createMemoryLogger();
  return { notifier: createLogNotifier(logger), delivered: async () => logger.entries.map(({ fields }) => [fields['subject'], fields['message'], JSON.stringify(fields)].join('\n')) };
});

async function openTemporaryStream(onEnd: (clean: () => unknown) => void): Promise<() => Promise<StreamDatabase>> {
  const path = join(await makeTemporaryFolder(onEnd), 'stream.db');
  return async () => {
    const database = await openStreamDatabase(path);
    onEnd(() => database.close());
    return database;
  };
}

describeChangeStream('the SQLite change stream', async (onEnd) => {
  const open = await openTemporaryStream(onEnd);
  return { stream: createSqliteChangeStream(await open(), createManualClock()), readAll: async () => readAllRecords(await openSqliteStreamReader(await open(), 'test')) };
});

describeChangeStreamReader('the SQLite change stream', async (clock, onEnd) => {
  const open = await openTemporaryStream(onEnd);
  return { stream: createSqliteChangeStream(await open(), clock), open: async () => openSqliteStreamReader(await open(), 'test') };
});

test('the SQLite queue gives no more bodies at once than fit in memory, and sends what is sent at once in one transaction', async () => {
  const ends: (() => unknown)[] = [];
  const database = await openTemporaryDatabase((end) => void ends.push(end));
  let writes = 0;
  const counted = { ...database, write: <Result>(work: Parameters<typeof database.write<Result>>[0]) => ((writes += 1), database.write(work)) };
  const queue = createSqliteQueue<string>(counted, 'events', createManualClock());
  await Promise.all(Array.from({ length: 40 }, (_none, n) => queue.send(`m${n}`, 'x'.repeat(1_000_000))));
  expect(writes).toBe(1);
  const received = [await queue.receive({ limit: 100, visibilityMs: 1_000 }), await queue.receive({ limit: 100, visibilityMs: 1_000 }), await queue.receive({ limit: 100, visibilityMs: 1_000 })];
  expect(received.map((messages) => messages.length)).toEqual([17, 17, 6]);
  for (const end of ends) await end();
});
