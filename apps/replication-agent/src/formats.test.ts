import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { beerLake } from '@data-master/beer-lake';
import type { ChangeEvent, FileSettings } from '@data-master/change-events';
import { openEmbeddedLake } from '@data-master/embedded-lake';
import { columnTypes, createFileTarget } from '@data-master/replication';
import { createFileObjectStore } from '@data-master/embedded';
import { createSystemClock } from '@data-master/runtime';

const stamp = (minute: number): string => `2026-01-01T00:0${minute}:00.000000Z`;
const change = (operation: ChangeEvent['operation'], minute: number, data: object): ChangeEvent =>
  ({ kind: 'data', operation, schemaName: 'dm_core', tableName: 'profile', timestamp: stamp(minute), commitTimestamp: stamp(minute), streamPosition: `p${minute}`, data: JSON.stringify(data) });
const loaded = `profile_id,profile_name,email,state,_commit_time,_position\n${[1, 2, 3].map((id) => `${id},"name, ""${id}""",${id}@example.com,CA,${stamp(0)},p0\n`).join('')}`;
const changes = [
  change('update', 1, { profile_id: 1, profile_name: 'renamed\n', email: 'other@example.com', state: 'NY' }),
  change('delete', 2, { profile_id: 2 }),
  change('insert', 3, { profile_id: 9_007_199_254_740_991, profile_name: 'ü', email: 'u@example.com', state: 'TX' }),
];

let folder: string;
let usual: unknown[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agent-formats-'));
  usual = await rowsOf({});
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The rows of silver after files of these settings were taken by a lake of its own, which hashes addresses by a key of its own. */
async function rowsOf(settings: FileSettings): Promise<unknown[]> {
  const home = join(folder, `home-${settings.dataFormat ?? 'usual'}-${settings.compressionType ?? 'usual'}`);
  const lake = await openEmbeddedLake(beerLake, { DM_HOME: home, DM_KEYS: join(folder, 'keys'), DM_THREADS: '1', DM_MEMORY_MB: '128', DM_INGEST_MEMORY_MB: '128' });
  try {
    const store = createFileObjectStore({ root: join(home, 'agent') });
    const target = createFileTarget({ store, clock: createSystemClock(), settings, typesOf: columnTypes(beerLake) });
    await target.load!({ tableName: 'profile', partId: 'part', loadedAt: new Date(stamp(0)), rows: (async function* () { yield Buffer.from(loaded); })() });
    await target.write(changes);
    for await (const { key } of store.list('raw/')) await lake.deliver(key, () => store.read(key));
    await lake.drain();
    return await lake.query('SELECT profile_id, profile_name, length(email) AS email_length, state FROM silver.profile ORDER BY profile_id');
  } finally {
    await lake.close();
  }
}

describe('a lake takes what the agent writes', () => {
  it('as CSV and JSON lines in gzip, a deleted row as its mark', () => {
    expect(usual).toMatchObject([
      { profile_id: 1n, profile_name: 'renamed\n', state: 'NY' }, { profile_id: 2n }, { profile_id: 3n, profile_name: 'name, "3"', state: 'CA' }, { profile_id: 9_007_199_254_740_991n, profile_name: 'ü' },
    ]);
  });

  it.each<FileSettings>([
    { dataFormat: 'parquet' }, { dataFormat: 'parquet', compressionType: 'zstd' }, { dataFormat: 'parquet', compressionType: 'gzip' },
    { dataFormat: 'csv', compressionType: 'zstd' }, { dataFormat: 'csv', compressionType: 'none' }, { dataFormat: 'json', compressionType: 'zstd' },
  ])('by %j as it takes the usual files', async (settings) => {
    expect(await rowsOf(settings)).toEqual(usual);
  });
});
