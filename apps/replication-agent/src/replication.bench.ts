import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '@data-master/replication/testing';

/** Measures load, backlog and delay of an agent on a PostgreSQL of this machine: `node replication.bench.ts [reviews] [changes]`. */
const reviews = Number(process.argv[2] ?? 1_500_000);
const changes = Number(process.argv[3] ?? 500_000);
const program = fileURLToPath(new URL('./main.ts', import.meta.url));

const postgres = await startPostgres({ shared_buffers: '256MB', max_wal_size: '4GB' });
const folder = await mkdtemp(join(tmpdir(), 'dm-replication-bench-'));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
try {
  const { user, password, host, port } = postgres.connection;
  const settings = join(folder, 'settings.json');
  await writeFile(settings, '{"ChangeProcessingTuning":{"CommitTimeout":0.5}}');
  const env = { ...process.env, NODE_OPTIONS: '', DM_SOURCE_URL: `postgres://${user}:${password}@${host}:${port}/postgres`, DM_TARGET: folder, DM_TASK_SETTINGS: settings };
  const start = (...args: string[]): ChildProcess => spawn(process.execPath, ['--max-semi-space-size=8', '--disable-warning=ExperimentalWarning', program, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const peakMb = async (child: ChildProcess): Promise<number> => Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => ''))?.[1] ?? 0) / 1024;

  await postgres.run(`CREATE SCHEMA dm_core; CREATE TABLE dm_core.review (review_id bigint PRIMARY KEY, brewery_id bigint NOT NULL, beer_id bigint NOT NULL, profile_id bigint NOT NULL,
    review_overall numeric, review_aroma numeric, review_appearance numeric, review_palate numeric, review_taste numeric, review_time bigint NOT NULL);
    INSERT INTO dm_core.review SELECT i, i % 5000, i % 60000, i % 30000, 1 + i % 9 / 2.0, 1 + i % 8 / 2.0, 1 + i % 7 / 2.0, 1 + i % 9 / 2.0, 1 + i % 5 / 2.0, 1000000000 + i FROM generate_series(1, ${reviews}) AS i`);
  await postgres.run('VACUUM ANALYZE dm_core.review');

  const loadStart = performance.now();
  const loader = start('--once');
  let loadMb = 0;
  const watch = setInterval(() => void peakMb(loader).then((mb) => { loadMb = Math.max(loadMb, mb); }), 50);
  await once(loader, 'exit');
  clearInterval(watch);
  const loadSeconds = (performance.now() - loadStart) / 1000;
  say(`load: ${reviews} rows in ${loadSeconds.toFixed(2)} s with start, ${Math.round(reviews / loadSeconds)} rows/s, ${loadMb.toFixed(0)} MB`);

  await postgres.run(`UPDATE dm_core.review SET review_overall = 2 WHERE review_id <= ${changes / 2}`);
  for (let part = 0; part < 50; part += 1) await postgres.run(`UPDATE dm_core.review SET review_aroma = 2.5 WHERE review_id > ${(part * changes) / 100} AND review_id <= ${((part + 1) * changes) / 100}`);
  const [end] = await postgres.rows('SELECT pg_current_wal_lsn() AS lsn');
  const streamStart = performance.now();
  const agent = start();
  while ((await postgres.rows(`SELECT FROM pg_replication_slots WHERE confirmed_flush_lsn >= '${String(end?.['lsn'])}'`)).length === 0) await delay(20);
  const streamSeconds = (performance.now() - streamStart) / 1000;
  say(`backlog: ${changes} changes in ${streamSeconds.toFixed(2)} s with start, ${Math.round(changes / streamSeconds)} changes/s, ${(await peakMb(agent)).toFixed(0)} MB`);

  const raw = join(folder, 'raw', 'review');
  const delays: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const known = new Set(await readdir(raw));
    await postgres.run(`UPDATE dm_core.review SET review_taste = ${1 + round / 2} WHERE review_id <= 500`);
    const committed = Date.now();
    let fresh: string | undefined;
    while (!(fresh = (await readdir(raw)).find((name) => !known.has(name)))) await delay(5);
    delays.push((await stat(join(raw, fresh))).mtimeMs - committed);
  }
  say(`500 changes: in raw at most ${Math.max(...delays).toFixed(0)} ms after their commit, 500 of which they are let wait for others`);
  agent.kill('SIGTERM');
  await once(agent, 'exit');
} finally {
  await postgres.remove();
  await rm(folder, { recursive: true, force: true });
}
process.exit();
