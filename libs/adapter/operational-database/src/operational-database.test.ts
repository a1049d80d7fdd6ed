import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { beerLake } from '@data-master/beer-lake';
import { operationalTables } from '@data-master/table-contracts';
import { connect, connectionUrl, createOperationalDatabase, createPostgresCluster, loadTable, readCsvRows, withConnection, type DatabaseConnection, type PostgresCluster, type RejectedRow } from './index.ts';

let root: string;
let cluster: PostgresCluster;
let database: DatabaseConnection;
const living = new Set<string>();
const password = 'a secret: "\'/@';

const clusterOf = (identity: string): PostgresCluster => {
  living.add(identity);
  return createPostgresCluster({ folder: join(root, 'home', 'postgres'), log: join(root, 'postgres.log'), user: 'dm', password, process: { identity, isAlive: (each) => living.has(each) } });
};
const serverPid = async (): Promise<number> => Number((await readFile(join(root, 'home', 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
const rowsOf = (sql: string): Promise<Record<string, unknown>[]> => withConnection(database, async (client) => (await client.query<Record<string, unknown>>(sql)).rows);
const isRunning = (): Promise<boolean> => serverPid().then(() => true, () => false);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dm-operational-'));
  cluster = clusterOf('one');
  database = await createOperationalDatabase(await cluster.start(), 'dm', beerLake);
}, 60_000);
afterAll(async () => {
  living.clear();
  await cluster.stop();
  await rm(root, { recursive: true, force: true });
});

describe('the cluster of a folder', () => {
  test('is made in a folder that only its user may enter, and opens to its password alone', async () => {
    expect((await stat(join(root, 'home', 'postgres', 'data'))).mode & 0o777).toBe(0o700);
    expect((await rowsOf('SHOW wal_level'))[0]).toEqual({ wal_level: 'logical' });
    await expect(connect({ ...database, password: 'another' })).rejects.toThrow('password authentication failed');
    const { searchParams: _none, ...url } = new URL(connectionUrl(database, { withPassword: true }));
    expect([decodeURIComponent(new URL(connectionUrl(database, { withPassword: true })).password), url]).toEqual([password, url]);
    expect(connectionUrl(database, { withPassword: false })).toBe(`postgres://dm@127.0.0.1:${database.port}/dm`);
  });

  test('is taken over by the next process when its server still runs, and stays as long as one uses it', async () => {
    const pid = await serverPid();
    const next = clusterOf('two');
    expect(await next.start()).toEqual({ ...database, database: 'postgres' });
    expect(await serverPid()).toBe(pid);
    await next.stop();
    expect(await isRunning()).toBe(true);
  });

  test('is stopped by the last process that uses it, when those before were killed', async () => {
    living.delete('one');
    const last = clusterOf('three');
    await last.start();
    await last.stop();
    expect(await isRunning()).toBe(false);
    living.add('one');
    await cluster.start();
  });

  test('starts again on its port after its server was killed, with what was committed', async () => {
    await rowsOf("INSERT INTO brewery VALUES (900, 'Committed')");
    process.kill(await serverPid(), 'SIGKILL');
    expect((await cluster.start()).port).toBe(database.port);
    expect(await rowsOf('SELECT brewery_name FROM dm_core.brewery WHERE brewery_id = 900')).toEqual([{ brewery_name: 'Committed' }]);
  }, 60_000);

  test('has no value of a row in its log', async () => {
    await expect(rowsOf("INSERT INTO brewery VALUES (900, 'someone@example.org')")).rejects.toThrow('duplicate key');
    await expect(rowsOf("SELECT 'someone@example.org'::bigint")).rejects.toThrow('invalid input');
    const log = await readFile(join(root, 'postgres.log'), 'utf8');
    expect(log).toContain('ready to accept connections');
    expect(log).not.toContain('someone');
  });

  test('keeps no password in its folder', async () => {
    const names = await readdir(join(root, 'home', 'postgres'));
    expect(names.sort()).toEqual(['data', 'port', 'users']);
  });
});

describe('the operational schema', () => {
  test('has the tables of the contracts with their keys and references, and may be made again', async () => {
    await createOperationalDatabase({ ...database, database: 'postgres' }, 'dm', beerLake);
    const constraints = await rowsOf("SELECT conrelid::regclass::text AS name, contype AS type, pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE connamespace = 'dm_core'::regnamespace AND contype IN ('p', 'f') ORDER BY 1, 3");
    expect(constraints.map(({ name, definition }) => `${String(name)}: ${String(definition)}`)).toEqual([
      'beer: FOREIGN KEY (brewery_id) REFERENCES brewery(brewery_id)', 'beer: PRIMARY KEY (beer_id)', 'brewery: PRIMARY KEY (brewery_id)', 'profile: PRIMARY KEY (profile_id)',
      'review: FOREIGN KEY (beer_id) REFERENCES beer(beer_id)', 'review: FOREIGN KEY (brewery_id) REFERENCES brewery(brewery_id)', 'review: FOREIGN KEY (profile_id) REFERENCES profile(profile_id)', 'review: PRIMARY KEY (review_id)',
    ]);
    expect(operationalTables(beerLake).map(({ name }) => name)).toEqual(['brewery', 'beer', 'profile', 'review']);
  });
});

describe('loading a file', () => {
  const tableOf = (name: string) => beerLake.tables.find((table) => table.name === name)!;
  const chunksOf = async function* (text: string): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < text.length; at += 7) yield Buffer.from(text.slice(at, at + 7));
  };
  const load = (name: string, text: string, rejected: RejectedRow[] = []) => loadTable(database, {
    schema: 'dm_core', table: tableOf(name), rows: readCsvRows(tableOf(name), chunksOf(text), (row) => rejected.push(row)),
    check: () => { if (rejected.length > 0) throw new Error(`${rejected.length} rejected`); },
  });

  test('matches columns by name, keeps texts as they are, and leaves rows that are there', async () => {
    const text = 'brewery_name,brewery_id\r\n"a\\b, ""c""\tand\nd",1\r\n"",2\r\n\\N,3\r\n';
    expect(await load('brewery', text)).toEqual({ loaded: 3, present: 0 });
    expect(await load('brewery', `${text}Four,4\r\nAgain,1\r\n`)).toEqual({ loaded: 1, present: 4 });
    expect(await rowsOf('SELECT brewery_id::int AS id, brewery_name AS name FROM brewery WHERE brewery_id < 10 ORDER BY 1')).toEqual([
      { id: 1, name: 'a\\b, "c"\tand\nd' }, { id: 2, name: '' }, { id: 3, name: '\\N' }, { id: 4, name: 'Four' },
    ]);
  });

  test('loads none of a table when a row does not fit, and tells each with its line and no personal value', async () => {
    const rejected: RejectedRow[] = [];
    await expect(load('beer', 'beer_id,brewery_id,beer_name,beer_style,beer_abv\n1,1,One,Altbier,4.5\n2,1,Two,,5\n3,1,"Three\nlines",Altbier,strong\n4,1,Four\n', rejected)).rejects.toThrow('3 rejected');
    expect(rejected).toEqual([
      { line: 3, reason: 'beer_style is empty; expected text in UTF-8' },
      { line: 5, reason: 'beer_abv is "strong" that does not fit; expected a decimal number with at most 3 integer and 2 fractional digits' },
      { line: 6, reason: 'it has 3 fields; expected 5, as the header has' },
    ]);
    expect(await rowsOf('SELECT FROM beer')).toEqual([]);
    const personal: RejectedRow[] = [];
    await expect(load('profile', 'profile_id,profile_name,email,state\n1,One,some\0one@example.org,OR\n', personal)).rejects.toThrow('1 rejected');
    expect(personal).toEqual([{ line: 2, reason: 'email is a value that does not fit; expected text in UTF-8' }]);
  });

  test.each([
    ['a header that the contract does not have', 'brewery', 'brewery_id,name\n1,One\n', 'has the header brewery_id,name; expected each of brewery_id, brewery_name once'],
    ['a header that names a column twice', 'brewery', 'brewery_id,brewery_name,brewery_id\n', 'once'],
    ['an empty file', 'brewery', '', 'is empty; expected a header'],
    ['a quote that is not closed', 'brewery', 'brewery_id,brewery_name\n1,"One\n', 'cannot be read'],
    ['a row that refers to nothing', 'beer', 'beer_id,brewery_id,beer_name,beer_style\n1,777,One,Altbier\n', 'Key (brewery_id)=(777)'],
  ])('refuses %s', async (_title, table, text, message) => {
    await expect(load(table, text)).rejects.toThrow(message);
    expect(await rowsOf("SELECT FROM pg_class WHERE relname = 'incoming'")).toEqual([]);
  });
});
