import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseTableMapping } from '@data-master/change-events';
import { checkSource } from './index.ts';
import { startPostgres, type TestPostgres } from './testing/index.ts';
import { describeMariaDb } from './testing/describe-mariadb.ts';

const mapping = parseTableMapping(JSON.stringify({ rules: [{ 'rule-type': 'selection', 'rule-id': '1', 'rule-name': '1', 'rule-action': 'include', 'object-locator': { 'schema-name': 'shop', 'table-name': '%' } }] }));
const task = { name: 'shop', mapping };
/** What is not as it has to be, with what to do. */
const faultsOf = async (url: string): Promise<string[]> => (await checkSource(url, task))!.flatMap(({ what, found, remedy }) => (remedy === undefined ? [] : [`${what}: ${found}: ${remedy}`]));

describe('checking a PostgreSQL', () => {
  let postgres: TestPostgres;
  const urlOf = (user: string): string => `postgres://${user}:secret@127.0.0.1:${postgres.connection.port}/postgres`;
  beforeAll(async () => {
    postgres = await startPostgres({ wal_level: 'replica', max_wal_senders: '1', max_replication_slots: '1' });
    await postgres.run(`CREATE ROLE ready LOGIN REPLICATION PASSWORD 'secret'; CREATE ROLE nobody_yet LOGIN PASSWORD 'secret'; GRANT CREATE ON DATABASE postgres TO ready;
      CREATE SCHEMA shop; CREATE TABLE shop.item (id bigint PRIMARY KEY); CREATE TABLE shop."Log" (line text); ALTER SCHEMA shop OWNER TO ready; ALTER TABLE shop.item OWNER TO ready; ALTER TABLE shop."Log" OWNER TO ready`);
  }, 60_000);
  afterAll(() => postgres.remove());

  it('tells every setting, right and table that is not as it has to be, with what to do', async () => {
    expect(await faultsOf(urlOf('nobody_yet'))).toEqual([
      "wal_level: replica: ALTER SYSTEM SET wal_level = 'logical', then restart the database (Aurora and RDS: rds.logical_replication = 1 in the parameter group)",
      'replication slots: 1 free: raise max_replication_slots, or drop slots that nobody reads',
      'senders of the log: 1 free: raise max_wal_senders',
      'right to replicate: missing: ALTER ROLE "nobody_yet" REPLICATION (Aurora and RDS: GRANT rds_replication TO "nobody_yet")',
      'right to publish: missing: GRANT CREATE ON DATABASE "postgres" TO "nobody_yet"',
      'table shop.Log: may not be read; may not be published; has no key that tells its updates: GRANT SELECT ON "shop"."Log" TO "nobody_yet"; let its owner add it: CREATE PUBLICATION dm_shop FOR TABLE "shop"."Log", or ALTER PUBLICATION dm_shop ADD TABLE "shop"."Log"; ALTER TABLE "shop"."Log" ADD PRIMARY KEY (…), or REPLICA IDENTITY FULL',
      'table shop.item: may not be read; may not be published: GRANT SELECT ON "shop"."item" TO "nobody_yet"; let its owner add it: CREATE PUBLICATION dm_shop FOR TABLE "shop"."item", or ALTER PUBLICATION dm_shop ADD TABLE "shop"."item"',
    ]);
  });

  it('tells only of settings when rights and tables are as they have to be', async () => {
    await postgres.run('ALTER TABLE shop."Log" REPLICA IDENTITY FULL');
    expect((await faultsOf(urlOf('ready'))).map((fault) => fault.split(':')[0])).toEqual(['wal_level', 'replication slots', 'senders of the log']);
  });

  it('tells why it is not let in, without the password', async () => {
    const faults = await faultsOf(urlOf('ready').replace('secret', 'another-secret'));
    expect(faults).toEqual([expect.stringContaining('password authentication failed')]);
    expect(faults.join()).not.toContain('another-secret');
    expect(await faultsOf('postgres://ready:secret@127.0.0.1:1/postgres')).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });
});

describeMariaDb('checking a MariaDB', (mariaDb) => {
  it('tells every setting, right and table that is not as it has to be, with what to do', async () => {
    await mariaDb().run(`CREATE DATABASE shop; CREATE TABLE shop.item (id bigint PRIMARY KEY); CREATE TABLE shop.log (line text); SET GLOBAL binlog_row_image = 'MINIMAL'; SET GLOBAL binlog_expire_logs_seconds = 60;
      CREATE USER reader@'%' IDENTIFIED BY 'secret'; GRANT SELECT ON shop.* TO reader@'%'; CREATE USER ready@'%' IDENTIFIED BY 'secret'; GRANT SELECT, REPLICATION SLAVE, BINLOG MONITOR ON *.* TO ready@'%'`);
    const urlOf = (user: string): string => `mariadb://${user}:secret@127.0.0.1:${mariaDb().connection.port}`;
    const settings = [
      'binlog_row_image: MINIMAL: set binlog-row-image = FULL in the configuration of the server and restart it',
      'log is kept: 60 s: raise binlog_expire_logs_seconds: what is gone before it is read cannot be had',
    ];
    expect(await faultsOf(urlOf('reader'))).toEqual([
      ...settings,
      "REPLICATION SLAVE: missing: GRANT REPLICATION SLAVE ON *.* TO reader@'%'",
      "BINLOG MONITOR: missing: GRANT BINLOG MONITOR ON *.* TO reader@'%'",
      'table shop.log: no primary key: ALTER TABLE `shop`.`log` ADD PRIMARY KEY (…)',
    ]);
    expect(await faultsOf(urlOf('ready'))).toEqual([...settings, 'table shop.log: no primary key: ALTER TABLE `shop`.`log` ADD PRIMARY KEY (…)']);
    expect(await faultsOf(urlOf('ready').replace('secret', 'another-secret'))).toEqual([expect.stringContaining('correct the user or password')]);
  });
});

it('a source of no known kind is refused, and its URL is not told', async () => {
  await expect(checkSource('oracle://scott:tiger@db', task)).rejects.toThrow('the source is oracle:…; expected postgres://');
});
