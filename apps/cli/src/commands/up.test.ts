import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { endAll, noneLeft, processesWith } from '../testing/lake-processes.ts';
import { runDm, startDm, type RunningDm } from '../testing/run-dm.ts';

let root: string;
let up: RunningDm;
const env = (): Record<string, string> => ({ DM_KEYS: join(root, 'keys'), DM_HOME: join(root, 'lake') });
const dm = async (...args: string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await runDm(args, env());
  expect([exitCode, stderr]).toEqual([0, stderr]);
  return stdout;
};
/** What any SQL client does with the URL that dm tells. */
const execute = async (...statements: string[]): Promise<void> => {
  const client = new pg.Client({ connectionString: (await dm('source', 'url')).trim() });
  await client.connect();
  for (const sql of statements) await client.query(sql);
  await client.end();
};
const startUp = async (): Promise<void> => {
  up = startDm(['up', '--source', 'postgres'], env());
  await up.said('postgres: following changes');
};
const serverPid = async (): Promise<string> => (await readFile(join(root, 'lake', 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]!;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dm-up-'));
});
afterAll(async () => {
  await endAll(root);
  await rm(root, { recursive: true, force: true });
});

describe('dm up --source postgres', () => {
  test('in a fresh folder, shows a change of any SQL client in dm query within seconds', async () => {
    await startUp();
    await execute("INSERT INTO dm_core.brewery VALUES (1, 'One'), (2, 'Two'), (3, 'Three')", "UPDATE brewery SET brewery_name = 'Uno' WHERE brewery_id = 1", 'DELETE FROM brewery WHERE brewery_id = 2');
    await up.said('3 inserts, 1 updates, 1 deletes; 5 changes in bronze');
    expect(await dm('query', 'SELECT operation, brewery_id, brewery_name FROM bronze.brewery ORDER BY ALL', '--format', 'csv')).toBe('operation,brewery_id,brewery_name\ndelete,2,\ninsert,1,One\ninsert,2,Two\ninsert,3,Three\nupdate,1,Uno\n');
  }, 120_000);

  test('says where the database is, without its password', async () => {
    const url = (await dm('source', 'url')).trim();
    const { username, password, host, pathname } = new URL(url);
    await up.said(`PostgreSQL for your SQL client: postgres://${username}@${host}${pathname}`);
    up.process.kill('SIGTERM');
    const { exitCode, stdout, stderr } = await up.ended;
    expect(exitCode).toBe(0);
    expect(stdout + stderr).not.toContain(password);
    for (const log of ['postgres.log', 'replication-core.ndjson', 'lake.ndjson']) expect(await readFile(join(root, 'lake', 'logs', log), 'utf8')).not.toContain(password);
  }, 120_000);

  test('has left no process, and no change out of silver', async () => {
    await noneLeft(root);
    await dm('process', '--layer', 'silver', '--tables', 'brewery');
    expect(await dm('query', 'SELECT brewery_id, brewery_name, deleted_at IS NOT NULL AS gone FROM silver.brewery ORDER BY ALL', '--format', 'csv')).toBe('brewery_id,brewery_name,gone\n1,Uno,false\n2,Two,true\n3,Three,false\n');
  }, 120_000);

  test('takes over what a kill -9 left: the agent ends, the database stays, and the next one goes on', async () => {
    await startUp();
    const server = await serverPid();
    up.process.kill('SIGKILL');
    expect((await up.ended).exitCode).toBe(null);
    await execute("INSERT INTO brewery VALUES (4, 'While nobody looked')");
    await startUp();
    expect(await serverPid()).toBe(server);
    await up.said('1 inserts');
    await up.said('1 changes in bronze');
    expect(await dm('query', 'SELECT brewery_name FROM bronze.brewery WHERE brewery_id = 4', '--format', 'csv')).toBe('brewery_name\nWhile nobody looked\n');
  }, 120_000);

  test('begins its agent anew when that dies, and says why', async () => {
    const [agent] = await processesWith('replication-agent').then(async (ids) => (await processesWith(root)).filter((id) => ids.includes(id)));
    process.kill(agent!, 'SIGKILL');
    await up.said('postgres: begun anew soon: the agent ended with SIGKILL');
    await execute("INSERT INTO brewery VALUES (5, 'After')");
    await up.said('2 changes in bronze');
    up.process.kill('SIGINT');
    expect((await up.ended).exitCode).toBe(0);
    await noneLeft(root);
  }, 120_000);
});

test('a source that was not added is refused with what to do, and nothing is left running', async () => {
  const { exitCode, stderr } = await runDm(['up', '--source', 'shop', '--source', 'postgres'], env());
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('there is no source shop; expected one that was added; add it: dm source add shop URL')]);
  await noneLeft(root);
}, 60_000);
