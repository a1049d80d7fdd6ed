import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startPostgres, type TestPostgres } from '@data-master/replication/testing';
import { endAll } from '../testing/lake-processes.ts';
import { runDm, startDm } from '../testing/run-dm.ts';

let root: string;
let postgres: TestPostgres;
const password = 'p:@/ %41';
const dm = (args: readonly string[], env: Record<string, string> = {}) => runDm([...args, '--home', join(root, 'lake')], { DM_KEYS: join(root, 'keys'), ...env }, root);
const urlOf = (user: string, secret = encodeURIComponent(password)): string => `postgres://${user}:${secret}@127.0.0.1:${postgres.connection.port}/postgres`;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dm-source-'));
  postgres = await startPostgres();
  await postgres.run(`CREATE ROLE reader LOGIN REPLICATION PASSWORD '${password}'; GRANT CREATE ON DATABASE postgres TO reader; CREATE SCHEMA shop AUTHORIZATION reader;
    CREATE TABLE shop.producers (brewery_id bigint PRIMARY KEY, title text NOT NULL, note text); ALTER TABLE shop.producers OWNER TO reader; INSERT INTO shop.producers VALUES (1, 'One', 'x')`);
  await writeFile(join(root, 'mapping.json'), JSON.stringify({ rules: [
    { 'rule-type': 'selection', 'rule-id': '1', 'rule-name': '1', 'rule-action': 'include', 'object-locator': { 'schema-name': 'shop', 'table-name': 'producers' } },
    { 'rule-type': 'transformation', 'rule-id': '2', 'rule-name': '2', 'rule-target': 'table', 'rule-action': 'rename', 'object-locator': { 'schema-name': 'shop', 'table-name': 'producers' }, value: 'brewery' },
    { 'rule-type': 'transformation', 'rule-id': '3', 'rule-name': '3', 'rule-target': 'column', 'rule-action': 'rename', 'object-locator': { 'schema-name': 'shop', 'table-name': 'producers', 'column-name': 'title' }, value: 'brewery_name' },
  ] }));
  await writeFile(join(root, 'wrong.json'), '{"rules":[{"rule-type":"magic"}]}');
}, 60_000);
afterAll(async () => {
  await endAll(root);
  await postgres.remove();
  await rm(root, { recursive: true, force: true });
});

/** Everything that lies in the home, as one text. */
async function textsOfHome(): Promise<string> {
  const files = (await readdir(join(root, 'lake'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  return (await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'latin1')))).join('\n');
}

describe('dm source', () => {
  test('keeps a database of the user, and its password apart from the home, and never shows it', async () => {
    const added = await dm(['source', 'add', 'shop', urlOf('reader'), '--mapping', 'mapping.json']);
    const listed = await dm(['source', 'list']);
    expect([added.exitCode, listed.stdout]).toEqual([0, expect.stringContaining(`postgres://reader@127.0.0.1:${postgres.connection.port}/postgres`)]);
    for (const text of [added.stdout, added.stderr, listed.stdout, await textsOfHome()]) {
      expect(text).not.toContain(password);
      expect(text).not.toContain(encodeURIComponent(password));
    }
  }, 60_000);

  test('check tells what was found of each thing that is needed, and ends with 0 when all is there', async () => {
    const { exitCode, stdout } = await dm(['source', 'check', 'shop']);
    expect(stdout).toMatch(/✓ wal_level +logical\n[^]*✓ table shop.producers +key brewery_id\n\nAll is there. Next: dm up --source shop\n/);
    expect(exitCode).toBe(0);
  }, 60_000);

  test('check ends with 1 when something is missing, and says what to do', async () => {
    await postgres.run("CREATE ROLE guest LOGIN PASSWORD 'guest'");
    await dm(['source', 'add', 'guest', urlOf('guest', ''), '--password-from', 'GUEST_PASSWORD', '--mapping', 'mapping.json']);
    const { exitCode, stdout } = await dm(['source', 'check', 'guest'], { GUEST_PASSWORD: 'guest' });
    expect(stdout).toContain('✗ right to replicate     missing; expected REPLICATION\n    ALTER ROLE "guest" REPLICATION');
    expect(exitCode).toBe(1);
    const { stdout: json } = await dm(['source', 'check', 'guest', '--json'], { GUEST_PASSWORD: 'guest' });
    expect(JSON.parse(json)).toMatchObject({ source: 'guest', ready: false, findings: expect.arrayContaining([{ what: 'wal_level', found: 'logical', expected: 'logical' }]) as unknown });
    expect((await dm(['source', 'check', 'guest'])).stderr).toContain('GUEST_PASSWORD is not set; expected the password of source guest');
  }, 60_000);

  test('up --source follows it by its mapping', async () => {
    const up = startDm(['up', '--source', 'shop', '--home', join(root, 'lake')], { DM_KEYS: join(root, 'keys') }, root);
    await up.said('shop: following changes');
    await postgres.run("UPDATE shop.producers SET title = 'Uno' WHERE brewery_id = 1");
    await up.said('1 loaded, 0 inserts, 1 updates, 0 deletes; 1 changes in bronze');
    expect((await dm(['query', 'SELECT operation, brewery_name FROM bronze.brewery ORDER BY ALL', '--format', 'csv'])).stdout).toBe('operation,brewery_name\nload,One\nupdate,Uno\n');
    up.process.kill('SIGTERM');
    expect((await up.ended).exitCode).toBe(0);
  }, 120_000);

  test('remove forgets it with its password and its place, and says how to clean up the database', async () => {
    const { exitCode, stderr } = await dm(['source', 'remove', 'shop']);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("SELECT pg_drop_replication_slot('dm_shop'); DROP PUBLICATION dm_shop;")]);
    expect((await readdir(join(root, 'keys'))).filter((name) => name.startsWith('source'))).toEqual([]);
    expect(await readdir(join(root, 'lake', 'dm-stage', 'replication'))).toEqual([]);
    expect((await dm(['source', 'check', 'shop'])).stderr).toContain('there is no source shop; expected one of guest');
  }, 60_000);

  test.each([
    ['a name that is taken', ['guest', 'postgres://a@b/c'], 'source guest is there already'],
    ['the name of the database of the lake', ['postgres', 'postgres://a@b/c'], 'and not postgres, which is the database of the lake'],
    ['a name of another form', ['My-Shop', 'postgres://a@b/c'], 'expected lower snake_case'],
    ['a database of no known kind', ['other', 'oracle://scott:tiger@db'], 'begins with "oracle"; expected postgres://'],
    ['a mapping that is not read', ['other', 'postgres://a@b/c', '--mapping', 'none.json'], '--mapping none.json cannot be read'],
    ['a rule that is not known', ['other', 'postgres://a@b/c', '--mapping', 'wrong.json'], 'magic'],
  ])('refuses %s', async (_title, args, message) => {
    const { exitCode, stderr } = await dm(['source', 'add', ...args]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(stderr).not.toContain('tiger');
  }, 60_000);
});
