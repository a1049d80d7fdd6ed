import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangeEvent, StreamEvent } from '@data-master/change-events';
import type { Replication } from '@data-master/ports';
import { collect } from '@data-master/testing';
import { describeMariaDb } from '../testing/describe-mariadb.ts';
import { includeAll, makeTestTask, type TestTask } from '../testing/test-task.ts';
import { createMariaDbReplication } from './mariadb-replication.ts';

const changes = (events: readonly StreamEvent[]): ChangeEvent[] => events.filter((event): event is ChangeEvent => event.kind === 'data' && event.operation !== 'load');
const briefly = (events: readonly StreamEvent[]): [string, unknown][] => changes(events).map(({ operation, data }) => [operation, JSON.parse(data)]);
const orderOf = (event: ChangeEvent): string => `${event.commitTimestamp ?? event.timestamp} ${event.streamPosition}`;

describeMariaDb('a MariaDB that is replicated', (mariaDb) => {
  beforeEach(() => mariaDb().run(`
    DROP DATABASE IF EXISTS dm_core; CREATE DATABASE dm_core; USE dm_core;
    CREATE TABLE beer (beer_id bigint PRIMARY KEY, beer_name varchar(80) NOT NULL, beer_abv decimal(5,2), fresh boolean);
    INSERT INTO beer SELECT seq, concat('beer ', seq), seq / 10, seq % 2 = 0 FROM seq_1_to_5`));

  /** Runs a task while `work` is done, and ends it. */
  async function whileRunning(task: TestTask, work: (replication: Replication) => Promise<void>): Promise<void> {
    const end = new AbortController();
    const replication = createMariaDbReplication(mariaDb().connection, task);
    const running = replication.run(end.signal);
    try {
      await Promise.race([work(replication), running.then(() => { throw new Error('the replication ended by itself'); })]);
    } finally {
      end.abort();
      await running;
    }
  }
  const loaded = (task: TestTask, count = 5): Promise<void> => task.target.until((events) => events.length >= count);

  it('is loaded, and then told of inserts, updates, deletes and changed keys in their order', async () => {
    const task = makeTestTask();
    await whileRunning(task, async () => {
      await loaded(task);
      await mariaDb().run(`USE dm_core; BEGIN; INSERT INTO beer VALUES (6, 'tab\\t "quoted" \\\\ ünï 🍺', NULL, NULL), (7, '', 1.5, true); UPDATE beer SET beer_name = 'x' WHERE beer_id <= 2; COMMIT;
        DELETE FROM beer WHERE beer_id = 3; UPDATE beer SET beer_id = 60 WHERE beer_id = 1`);
      await task.target.until((events) => changes(events).length === 7);
    });
    const all = task.target.events as ChangeEvent[];
    expect(all[0]).toMatchObject({ operation: 'load', schemaName: 'dm_core', tableName: 'beer', data: '{"beer_id":1,"beer_name":"beer 1","beer_abv":0.10,"fresh":0}' });
    expect(briefly(all)).toEqual([
      ['insert', { beer_id: 6, beer_name: 'tab\t "quoted" \\ ünï 🍺', beer_abv: null, fresh: null }], ['insert', { beer_id: 7, beer_name: '', beer_abv: 1.5, fresh: 1 }],
      ['update', expect.objectContaining({ beer_id: 1, beer_name: 'x' })], ['update', expect.objectContaining({ beer_id: 2, beer_name: 'x' })],
      ['delete', { beer_id: 3 }], ['delete', { beer_id: 1 }], ['insert', expect.objectContaining({ beer_id: 60, beer_name: 'x' })],
    ]);
    const order = all.map(orderOf);
    expect([...order].sort()).toEqual(order);
    expect(new Set(changes(all).map(({ streamPosition }) => streamPosition)).size).toBe(7);
    expect(new Set(changes(all).map(({ transactionId }) => transactionId)).size).toBe(3);
    expect(changes(all)[0]?.transactionId).toMatch(/^0-7-\d+$/);
  });

  it('gives a value of any type alike, loaded or changed', async () => {
    await mariaDb().run(`USE dm_core; CREATE TABLE kinds (id int PRIMARY KEY, n int, big bigint unsigned, exact decimal(30,10), f float, d double, day date, at datetime(6), stamp timestamp(3) NULL, clock time(2), y year,
      e enum('a','b,c'), s set('x','y'), bits bit(10), bin varbinary(9), blobs blob, txt text, j json, latin varchar(9) CHARACTER SET latin1, u uuid, i inet6);
      INSERT INTO kinds VALUES (1, 0, 18446744073709551615, -12345678901234567890.0123456789, 0.1, 1e-7, '2024-02-29', '2024-02-29 23:59:59.123456', '2024-02-29 23:59:59.120', '-12:34:56.78', 2024,
        'b,c', 'x,y', b'1000000001', x'00ff', x'', 'ünï', '{"a": [1, "ü"]}', 'Grüße', '123e4567-e89b-12d3-a456-426614174000', '::ffff:10.0.0.1'), (2, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`);
    const task = makeTestTask({ rules: [{ ...includeAll, 'object-locator': { 'schema-name': 'dm_core', 'table-name': 'kinds' } }] });
    await whileRunning(task, async () => {
      await loaded(task, 2);
      await mariaDb().run('UPDATE dm_core.kinds SET n = 1');
      await task.target.until((events) => changes(events).length === 2);
    });
    const texts = (events: StreamEvent[]): string[] => events.map((event) => (event as ChangeEvent).data.replace('"n":1', '"n":0'));
    const [first, second, ...rest] = task.target.events;
    expect(first).toMatchObject({ data: expect.stringContaining('"big":18446744073709551615,"exact":-12345678901234567890.0123456789') as unknown as string });
    expect(texts(rest)).toEqual(texts([first!, second!]));
  });

  it('goes on with a new column', async () => {
    const task = makeTestTask();
    await whileRunning(task, async () => {
      await loaded(task);
      await mariaDb().run('USE dm_core; ALTER TABLE beer ADD ibu smallint DEFAULT 7 AFTER beer_id; UPDATE beer SET fresh = 1 WHERE beer_id = 1');
      await task.target.until((events) => changes(events).length === 1);
    });
    expect(changes(task.target.events)[0]?.data).toBe('{"beer_id":1,"ibu":7,"beer_name":"beer 1","beer_abv":0.10,"fresh":1}');
    expect(task.target.events.filter(({ kind }) => kind === 'control').map(({ operation }) => operation)).toEqual(['add-column']);
  });

  it('goes on where it stopped, with tables that came meanwhile', async () => {
    const task = makeTestTask();
    await whileRunning(task, () => loaded(task));
    await mariaDb().run("USE dm_core; UPDATE beer SET beer_name = 'meanwhile' WHERE beer_id = 2; DELETE FROM beer WHERE beer_id = 3; CREATE TABLE later (id int PRIMARY KEY); INSERT INTO later VALUES (1), (2); DELETE FROM later WHERE id = 2; FLUSH BINARY LOGS");
    await whileRunning(task, async (replication) => {
      await mariaDb().run('INSERT INTO dm_core.later VALUES (3)');
      await task.target.until((events) => events.some((event) => event.kind === 'data' && event.data === '{"id":3}'));
      while (((await replication.status()).lagBytes ?? 1) > 0) await mariaDb().run('SELECT 1');
    });
    expect([...task.target.tableOf('later', 'id').keys()].sort()).toEqual(['1', '3']);
    expect([...task.target.tableOf('beer', 'beer_id').values()]).toMatchObject([{ beer_id: 1 }, { beer_id: 2, beer_name: 'meanwhile' }, { beer_id: 4 }, { beer_id: 5 }]);
  });

  it('is read again from where the target had everything, when it failed', async () => {
    const task = makeTestTask();
    const { write } = task.target;
    await whileRunning(task, async (replication) => {
      await loaded(task);
      while ((await replication.status()).phase !== 'streaming') await mariaDb().run('SELECT 1');
      const state = async (): Promise<string> => Buffer.concat(await collect(task.store.read('replication/test/state.json'))).toString();
      const before = await state();
      const asked = Promise.withResolvers<void>();
      const answer = Promise.withResolvers<never>();
      task.target.write = () => {
        asked.resolve();
        return answer.promise;
      };
      await mariaDb().run('UPDATE dm_core.beer SET fresh = 7');
      await asked.promise;
      expect(await state()).toBe(before);
      task.target.write = write;
      answer.reject(new Error('no room'));
      await task.target.until((events) => changes(events).length === 5);
    });
    expect([...task.target.tableOf('beer', 'beer_id').values()].every(({ fresh }) => fresh === 7)).toBe(true);
  });

  it('connects again when the database was killed', async () => {
    const task = makeTestTask();
    await whileRunning(task, async () => {
      await loaded(task);
      await mariaDb().kill();
      await mariaDb().start();
      await mariaDb().run('DELETE FROM dm_core.beer WHERE beer_id < 4');
      await task.target.until((events) => changes(events).length >= 3);
    });
    expect([...task.target.tableOf('beer', 'beer_id').keys()]).toEqual(['4', '5']);
    expect(task.logger.entries).toContainEqual(expect.objectContaining({ event: 'replication.retry' }));
  });

  describe('ends with the cause and the remedy', () => {
    const load = (task = makeTestTask()): Promise<void> => createMariaDbReplication(mariaDb().connection, task).load();

    it('when the log that it needs was purged', async () => {
      const task = makeTestTask();
      await load(task);
      await mariaDb().run('FLUSH BINARY LOGS');
      const logs = async (): Promise<string[]> => (await mariaDb().rows('SHOW BINARY LOGS')).map((log) => String(log['Log_name']));
      while ((await logs()).length > 1) await mariaDb().run(`PURGE BINARY LOGS TO '${(await logs()).at(-1)}'`);
      await expect(createMariaDbReplication(mariaDb().connection, task).run()).rejects.toThrow(/the binary log that task test needs is lost \(.*\): changes since its last position cannot be had/);
    });

    it('when the log does not hold whole rows', async () => {
      await mariaDb().run("SET GLOBAL binlog_row_image = 'MINIMAL'");
      await expect(load()).rejects.toThrow('binlog_row_image is MINIMAL, expected FULL');
      await mariaDb().run("SET GLOBAL binlog_row_image = 'FULL'");
    });

    it('when the password is wrong', async () => {
      await expect(createMariaDbReplication({ ...mariaDb().connection, password: 'no' }, makeTestTask()).load()).rejects.toThrow('correct the user or password');
    });
  });
});
