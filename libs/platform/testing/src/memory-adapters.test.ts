import {
  createCopiedLocalFiles,
  createMemoryChangeStream,
  createMemoryControlStore,
  createMemoryJobRunner,
  createMemoryNotifier,
  createMemoryObjectStore,
  createMemoryOutbox,
  createMemoryQueue,
  createMemorySchedules,
  createMemorySecrets,
  createMemoryWorkflows,
  describeChangeStream,
  describeChangeStreamReader,
  describeControlStore,
  describeJobRunner,
  describeLocalFiles,
  describeNotifier,
  describeObjectStore,
  describeOrderedQueue,
  describeOutbox,
  describeSchedules,
  describeSecrets,
  describeWorkflows,
  readAllRecords,
  type MemoryScheduleState,
} from './index.ts';

describeObjectStore('the memory object store', async () => createMemoryObjectStore());

describeLocalFiles('local files copied from a store', async () => {
  const store = createMemoryObjectStore();
  return { store, open: () => createCopiedLocalFiles(store) };
});

describeChangeStream('the memory change stream', async () => {
  const stream = createMemoryChangeStream();
  return { stream, readAll: () => readAllRecords(stream) };
});

describeChangeStreamReader('the memory change stream', async (clock) => {
  const stream = createMemoryChangeStream({ clock });
  return { stream, open: async () => stream.reopen() };
});

describeControlStore('the memory control store', async () => {
  const outbox = createMemoryOutbox();
  return { outbox, control: createMemoryControlStore(outbox) };
});

describeOutbox('the memory outbox', async () => createMemoryOutbox());

describeOrderedQueue('the memory queue', async (clock) => createMemoryQueue(clock));

describeSchedules('the memory schedules', async (clock) => {
  const state: MemoryScheduleState = new Map();
  return { open: () => createMemorySchedules(clock, state) };
});

describeSecrets('the memory secrets', async () => {
  const secrets = createMemorySecrets();
  return { open: () => secrets };
});

describeNotifier('the memory notifier', async () => {
  const notifier = createMemoryNotifier();
  return { notifier, delivered: async () => notifier.notices.map((notice) => Object.values(notice).map((part: unknown) => (typeof part === 'string' ? part : JSON.stringify(part))).join('\n')) };
});

describeWorkflows('the memory workflows', async () => ({ workflows: createMemoryWorkflows(['machine']), machine: 'machine' }));

describeJobRunner('the memory job runner', async () => createMemoryJobRunner());
