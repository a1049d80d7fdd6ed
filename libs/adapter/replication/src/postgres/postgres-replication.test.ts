import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangeEvent, StreamEvent } from '@data-master/change-events';
import type { Replication } from '@data-master/ports';
import { collect } from '@data-master/testing';
import { startPostgres, type TestPostgres } from '../testing/postgres-server.ts';
import { includeAll, makeTestTask, type TestTask } from '../testing/test-task.ts';
import { createPostgresReplication } from './postgres-replication.ts';

let postgres: TestPostgres;
beforeAll(async () => { postgres = await startPostgres(); });
afterAll(() => postgres.remove());
beforeEach(() => postgres.run(`
  DROP SCHEMA IF EXISTS dm_core CASCADE; CREATE SCHEMA dm_core;
  CREATE TABLE dm_core.beer (beer_id bigint PRIMARY KEY, beer_name text NOT NULL, beer_abv numeric, fresh boolean, brewed timestamptz);
  INSERT INTO dm_core.beer SELECT i, 'beer ' || i, i / 10.0, i % 2 = 0, '2024-01-01 12:00:00.5+02' FROM generate_series(1, 5) AS i;`));

/** Runs a task while `work` is done, and ends it. */
async function whileRunning(task: TestTask, work: (replication: Replication) => Promise<void>): Promise<void> {
  const end = new AbortController();
  const replication = createPostgresReplication(postgres.connection, task);
  const running = replication.run(end.signal);
  try {
    await Promise.race([work(replication), running.then(() => { throw new Error('the replication ended by itself'); })]);
  } finally {
    end.abort();
    await running;
    await postgres.run(`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots; DROP PUBLICATION IF EXISTS dm_test`);
  }
}

const changes = (events: readonly StreamEvent[]): ChangeEvent[] => events.filter((event): event is ChangeEvent => event.kind === 'data' && event.operation !== 'load');
const briefly = (events: readonly StreamEvent[]): [string, unknown][] => changes(events).map(({ operation, data }) => [operation, JSON.parse(data)]);
const streaming = (task: TestTask): Promise<void> => task.target.until((events) => events.length >= 5);

describe('a PostgreSQL that is replicated', () => {
  it('is loaded as its snapshot was, typed, with the time and position from which changes follow', async () => {
    const task = makeTestTask();
    await whileRunning(task, () => streaming(task));
    const [first] = task.target.events as ChangeEvent[];
    expect(task.target.events).toHaveLength(5);
    expect(first).toMatchObject({ kind: 'data', operation: 'load', schemaName: 'dm_core', tableName: 'beer' });
    expect(first?.data).toBe('{"beer_id":1,"beer_name":"beer 1","beer_abv":0.10000000000000000000,"fresh":false,"brewed":"2024-01-01 10:00:00.5+00"}');
    expect(first?.streamPosition).toMatch(/^[0-9A-F]{8}\/[0-9A-F]{8}\.0{20}$/);
  });

  it('tells inserts, updates and deletes in their order, with transaction, commit time and position', async () => {
    const task = makeTestTask();
    await whileRunning(task, async () => {
      await streaming(task);
      await postgres.run(`BEGIN; INSERT INTO dm_core.beer VALUES (6, E'tab\\t "quoted" \\\\ ünï', 'NaN', NULL, NULL); UPDATE dm_core.beer SET beer_name = 'x' WHERE beer_id <= 2; COMMIT`);
      await postgres.run('DELETE FROM dm_core.beer WHERE beer_id = 3');
      await task.target.until((events) => changes(events).length === 4);
    });
    expect(briefly(task.target.events)).toEqual([
      ['insert', { beer_id: 6, beer_name: 'tab\t "quoted" \\ ünï', beer_abv: 'NaN', fresh: null, brewed: null }],
      ['update', expect.objectContaining({ beer_id: 1, beer_name: 'x' })], ['update', expect.objectContaining({ beer_id: 2, beer_name: 'x' })],
      ['delete', { beer_id: 3 }],
    ]);
    const all = task.target.events as ChangeEvent[];
    const order = all.map((event) => `${event.commitTimestamp ?? event.timestamp} ${event.streamPosition}`);
    expect([...order].sort()).toEqual(order);
    const own = changes(all);
    expect(new Set(own.map(({ transactionId }) => transactionId)).size).toBe(2);
    expect(new Set(own.slice(0, 3).map(({ commitTimestamp }) => commitTimestamp)).size).toBe(1);
    expect(new Set(own.map(({ streamPosition }) => streamPosition)).size).toBe(4);
  });

  it('tells a changed key as a delete and an insert', async () => {
    const task = makeTestTask();
    await whileRunning(task, async () => {
      await streaming(task);
      await postgres.run('UPDATE dm_core.beer SET beer_id = 60 WHERE beer_id = 1; ALTER TABLE dm_core.beer REPLICA IDENTITY FULL; UPDATE dm_core.beer SET beer_id = 70 WHERE beer_id = 2');
      await task.target.until((events) => changes(events).length === 4);
    });
    expect(briefly(task.target.events)).toMatchObject([['delete', { beer_id: 1 }], ['insert', { beer_id: 60, beer_name: 'beer 1' }], ['delete', { beer_id: 2 }], ['insert', { beer_id: 70, beer_name: 'beer 2' }]]);
  });

  it('gives large values that did not change too, though its log leaves them out', async () => {
    const task = makeTestTask();
    await postgres.run(`CREATE TABLE dm_core.note (id int PRIMARY KEY, n int, body text); ALTER TABLE dm_core.note ALTER body SET STORAGE EXTERNAL;
      INSERT INTO dm_core.note SELECT i, 0, repeat(i::text, 9000) FROM generate_series(1, 2) AS i`);
    await whileRunning(task, async () => {
      await task.target.until((events) => events.length >= 7);
      await postgres.run('UPDATE dm_core.note SET n = 1; UPDATE dm_core.note SET n = 2 WHERE id = 1; DELETE FROM dm_core.note WHERE id = 2');
      await task.target.until((events) => changes(events).some(({ operation }) => operation === 'delete'));
    });
    expect([...task.target.tableOf('note', 'id').values()]).toEqual([{ id: 1, n: 2, body: '1'.repeat(9000) }]);
  });

  it('goes on with a new column and a widened type, and tells so', async () => {
    const task = makeTestTask();
    await whileRunning(task, async () => {
      await streaming(task);
      await postgres.run('UPDATE dm_core.beer SET fresh = NULL WHERE beer_id = 1');
      await postgres.run('ALTER TABLE dm_core.beer ADD ibu smallint DEFAULT 7; UPDATE dm_core.beer SET fresh = true WHERE beer_id = 1');
      await postgres.run('ALTER TABLE dm_core.beer ALTER ibu TYPE bigint; UPDATE dm_core.beer SET ibu = 9000000000000000001 WHERE beer_id = 1');
      await task.target.until((events) => changes(events).length >= 3);
    });
    expect(changes(task.target.events).at(-1)?.data).toContain('"ibu":9000000000000000001');
    expect(task.target.events.filter(({ kind }) => kind === 'control').map(({ operation }) => operation)).toEqual(['add-column', 'column-type-change']);
  });

  it('leaves out columns that the contract lacks, or stops at them, as its mode says', async () => {
    const contract = { columnsOf: () => ['beer_id', 'beer_name'], keyOf: () => ['beer_id'] };
    const discarding = makeTestTask({ contract: { ...contract, mode: 'discard' } });
    await whileRunning(discarding, () => streaming(discarding));
    expect(JSON.parse((discarding.target.events[0] as ChangeEvent).data)).toEqual({ beer_id: 1, beer_name: 'beer 1' });
    const frozen = makeTestTask({ contract: { ...contract, mode: 'freeze' } });
    await expect(createPostgresReplication(postgres.connection, frozen).load()).rejects.toThrow('has beer_abv, fresh, brewed, which the contract of beer lacks');
    await postgres.run(`SELECT pg_drop_replication_slot('dm_test'); DROP PUBLICATION dm_test`);
  });

  it('is filtered and transformed as the mapping says, loaded or changed', async () => {
    const filters = [{ 'filter-type': 'source', 'column-name': 'beer_id', 'filter-conditions': [{ 'filter-operator': 'gte', value: '3' }] }];
    const locator = { 'schema-name': 'dm_core', 'table-name': 'beer' };
    const task = makeTestTask({ rules: [
      { ...includeAll, filters, 'object-locator': locator },
      { 'rule-type': 'transformation', 'rule-id': 2, 'rule-target': 'table', 'rule-action': 'rename', 'object-locator': locator, value: 'ale' },
      { 'rule-type': 'transformation', 'rule-id': 3, 'rule-target': 'column', 'rule-action': 'remove-column', 'object-locator': { ...locator, 'column-name': 'brew%' } },
      { 'rule-type': 'transformation', 'rule-id': 4, 'rule-target': 'column', 'rule-action': 'rename', 'object-locator': { ...locator, 'column-name': 'beer_id' }, value: 'id' },
      { 'rule-type': 'transformation', 'rule-id': 5, 'rule-target': 'column', 'rule-action': 'add-column', 'object-locator': locator, value: 'label', expression: "upper($beer_name) || ':' || ($beer_id + 1) || ':' || $AR_H_OPERATION", 'data-type': { type: 'string' } },
    ].map((rule) => ({ 'rule-name': 'r', ...rule })) });
    await whileRunning(task, async () => {
      await task.target.until((events) => events.length === 3);
      await postgres.run(`INSERT INTO dm_core.beer (beer_id, beer_name) VALUES (0, 'no'), (9, 'yes'); UPDATE dm_core.beer SET beer_id = 1000 WHERE beer_id = 1; UPDATE dm_core.beer SET beer_id = 2 - 10 WHERE beer_id = 4`);
      await task.target.until((events) => changes(events).length >= 4);
    });
    expect(task.target.events.every(({ tableName }) => tableName === 'ale')).toBe(true);
    expect(JSON.parse((task.target.events[0] as ChangeEvent).data)).toEqual({ id: 3, beer_name: 'beer 3', beer_abv: 0.3, fresh: false, label: 'BEER 3:4:INSERT' });
    expect(briefly(task.target.events)).toMatchObject([['insert', { id: 9 }], ['delete', { id: 1 }], ['insert', { id: 1000, label: 'BEER 1:1001:INSERT' }], ['delete', { id: 4 }]]);
  });

  it('takes up a table that is selected later, by its own snapshot', async () => {
    const task = makeTestTask();
    await whileRunning(task, () => streaming(task));
    await postgres.run(`SELECT pg_create_logical_replication_slot('dm_test', 'pgoutput'); CREATE TABLE dm_core.later (id int PRIMARY KEY); INSERT INTO dm_core.later VALUES (1), (2)`);
    await whileRunning(task, async () => {
      await task.target.until((events) => events.filter(({ tableName }) => tableName === 'later').length === 2);
      await postgres.run('INSERT INTO dm_core.later VALUES (3)');
      await task.target.until((events) => events.filter(({ tableName }) => tableName === 'later').length === 3);
    });
    expect([...task.target.tableOf('later', 'id').keys()]).toEqual(['1', '2', '3']);
    expect(task.target.events.filter(({ tableName }) => tableName === 'beer')).toHaveLength(5);
  });

  it('tells a truncated table as a control record', async () => {
    const task = makeTestTask();
    await whileRunning(task, async () => {
      await streaming(task);
      await postgres.run('UPDATE dm_core.beer SET fresh = true WHERE beer_id = 1; TRUNCATE dm_core.beer');
      await task.target.until((events) => events.some(({ operation }) => operation === 'truncate-table'));
    });
    expect(task.logger.entries).toContainEqual(expect.objectContaining({ level: 'error', event: 'source.table_truncated' }));
  });

  it('is told to forget changes only after the target has them, and tells them again when it failed', async () => {
    const task = makeTestTask();
    const { write } = task.target;
    await whileRunning(task, async (replication) => {
      await streaming(task);
      while ((await replication.status()).phase !== 'streaming') await postgres.run('SELECT 1');
      const confirmed = async (): Promise<unknown[]> => [await postgres.rows('SELECT confirmed_flush_lsn FROM pg_replication_slots'), Buffer.concat(await collect(task.store.read('replication/test/state.json'))).toString()];
      const before = await confirmed();
      const asked = Promise.withResolvers<void>();
      const answer = Promise.withResolvers<never>();
      task.target.write = () => {
        asked.resolve();
        return answer.promise;
      };
      await postgres.run('UPDATE dm_core.beer SET fresh = true');
      await asked.promise;
      expect(await confirmed()).toEqual(before);
      task.target.write = write;
      answer.reject(new Error('no room'));
      await task.target.until((events) => changes(events).length === 5);
    });
    expect(task.logger.entries).toContainEqual(expect.objectContaining({ event: 'replication.retry' }));
    expect([...task.target.tableOf('beer', 'beer_id').values()].every(({ fresh }) => fresh === true)).toBe(true);
  });

  it('keeps its log no longer than needed, and says how much is left', async () => {
    const task = makeTestTask();
    await whileRunning(task, async (replication) => {
      await streaming(task);
      await postgres.run(`INSERT INTO dm_core.beer SELECT i, 'n' FROM generate_series(10, 5000) AS i`);
      await task.target.until((events) => changes(events).length === 4991);
      while (((await replication.status()).lagBytes ?? Infinity) > 10_000) await postgres.run('SELECT 1');
      expect(await replication.status()).toMatchObject({ phase: 'streaming', lagSeconds: 0, events: 4991 });
    });
  });
});

describe('a source that cannot be followed ends the task with the cause and the remedy', () => {
  const load = (rules?: object[]): Promise<void> => createPostgresReplication(postgres.connection, makeTestTask({ ...(rules && { rules }) })).load();

  it('when the slot was removed', async () => {
    const task = makeTestTask();
    await createPostgresReplication(postgres.connection, task).load();
    await postgres.run(`SELECT pg_drop_replication_slot('dm_test')`);
    await expect(createPostgresReplication(postgres.connection, task).run()).rejects.toThrow('replication slot dm_test is lost (it does not exist): changes since its last position cannot be had');
    await postgres.run('DROP PUBLICATION dm_test');
  });

  it('when nothing is selected', async () => {
    await expect(load([{ ...includeAll, 'object-locator': { 'schema-name': 'DM_CORE', 'table-name': '%' } }])).rejects.toThrow('selects no table of the source');
  });

  it('when the password is wrong', async () => {
    await expect(createPostgresReplication({ ...postgres.connection, password: 'no' }, makeTestTask()).load()).rejects.toThrow('correct the user or password');
  });

  it('when it is another database than the one that was loaded', async () => {
    const task = makeTestTask();
    await createPostgresReplication(postgres.connection, task).load();
    await postgres.run('CREATE DATABASE other');
    await expect(createPostgresReplication({ ...postgres.connection, database: 'other' }, task).load()).rejects.toThrow(/the source is postgres \d+ other; expected postgres \d+ postgres/);
    await postgres.run(`SELECT pg_drop_replication_slot('dm_test'); DROP PUBLICATION dm_test`);
    await postgres.run('DROP DATABASE other');
  });

  it('after as many attempts as the settings allow when it is not there', async () => {
    const settings = { ErrorBehavior: { RecoverableErrorCount: 2, RecoverableErrorInterval: 0 } };
    await expect(createPostgresReplication({ ...postgres.connection, port: 1 }, makeTestTask({ settings })).load()).rejects.toThrow(/ECONNREFUSED.*gave up after 3 attempts/);
  });

  it('but a table whose changes cannot be told is loaded and left as it is for its writers', async () => {
    const task = makeTestTask();
    await postgres.run('CREATE TABLE dm_core.keyless (n int); INSERT INTO dm_core.keyless VALUES (1)');
    await whileRunning(task, async () => {
      await task.target.until((events) => events.length === 6);
      await postgres.run('UPDATE dm_core.keyless SET n = 2');
    });
    expect(task.logger.entries).toContainEqual(expect.objectContaining({ event: 'source.table_without_identity', fields: expect.objectContaining({ table: 'dm_core.keyless' }) as object }));
  });
});
