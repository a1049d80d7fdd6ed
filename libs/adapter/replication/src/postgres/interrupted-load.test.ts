import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startPostgres, type TestPostgres } from '../testing/postgres-server.ts';
import { makeTestTask, type TestTask } from '../testing/test-task.ts';
import { createPostgresReplication } from './postgres-replication.ts';

/** One on a page, in three parts. */
const rowCount = 9000;
let postgres: TestPostgres;
beforeAll(async () => { postgres = await startPostgres(); });
afterAll(() => postgres.remove());
beforeEach(() => postgres.run(`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots; DROP PUBLICATION IF EXISTS dm_test; DROP TABLE IF EXISTS wide;
  CREATE TABLE wide (id int PRIMARY KEY, n int, pad text DEFAULT repeat('x', 420)) WITH (fillfactor = 10); INSERT INTO wide SELECT i, 0 FROM generate_series(1, ${rowCount}) AS i`));

/** Loads until the first part is done; the task has one connection for loads. */
async function loadOnePart(): Promise<TestTask> {
  const end = new AbortController();
  const task = makeTestTask({ settings: { FullLoadSettings: { MaxFullLoadSubTasks: 1 } } });
  const write = task.target.write;
  task.target.write = async (events) => {
    await write(events);
    end.abort();
  };
  await createPostgresReplication(postgres.connection, task).load(end.signal);
  task.target.write = write;
  expect(task.target.events.length).toBeGreaterThan(0);
  expect(task.target.events.length).toBeLessThan(rowCount);
  return task;
}

async function finish(task: TestTask): Promise<void> {
  const end = new AbortController();
  const replication = createPostgresReplication(postgres.connection, task);
  const running = replication.run(end.signal);
  while ((await replication.status()).phase !== 'streaming') await postgres.run('SELECT 1');
  await postgres.run('INSERT INTO wide VALUES (-1, -1)');
  await task.target.until((events) => events.some((event) => event.operation === 'insert' && event.kind === 'data' && event.data.startsWith('{"id":-1,')));
  end.abort();
  await running;
}

const present = async (): Promise<Map<string, unknown>> => new Map((await postgres.rows('SELECT * FROM wide')).map((row) => [String(row['id']), row]));

describe('a load that was interrupted', () => {
  it('goes on with what is left and ends with what the source holds, though rows came, went and moved', async () => {
    const task = await loadOnePart();
    const before = task.target.events.length;
    await postgres.run(`UPDATE wide SET n = 1 WHERE id % 3 = 0; DELETE FROM wide WHERE id % 7 = 0; INSERT INTO wide SELECT i, 2 FROM generate_series(${rowCount + 1}, ${rowCount + 50}) AS i; UPDATE wide SET id = id + 1000000 WHERE id % 1000 = 5`);
    await finish(task);
    expect(task.target.tableOf('wide', 'id')).toEqual(await present());
    const loads = task.target.events.slice(before).filter(({ operation }) => operation === 'load').length;
    expect(loads).toBeLessThan(rowCount);
  });

  it('begins a table anew that was written to other pages', async () => {
    const task = await loadOnePart();
    await postgres.run('DELETE FROM wide WHERE id % 2 = 0');
    await postgres.run('VACUUM FULL wide');
    await finish(task);
    expect(task.target.tableOf('wide', 'id')).toEqual(await present());
  });

  it('after which nothing was written down begins anew', async () => {
    const task = await loadOnePart();
    await task.store.remove('replication/test/state.json');
    await finish(task);
    expect(task.target.tableOf('wide', 'id')).toEqual(await present());
    expect(task.logger.entries).toContainEqual(expect.objectContaining({ event: 'replication.slot_dropped' }));
  });
});
