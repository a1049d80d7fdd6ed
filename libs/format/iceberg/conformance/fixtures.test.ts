import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SqlEngine } from '../src/ports.ts';
import { createEngine } from '../src/testing/local-ports.ts';
import { expectedRows, fixtureFolder, openFixture, readFixtures, type Fixture } from './fixtures.ts';
import { difference, noDifference } from './foreign-lake.ts';

const fixtures = await readFixtures();
const titled = (list: Fixture[]): [string, Fixture][] => list.map((fixture) => [`${fixture.writer}/${fixture.name}`, fixture]);

let engine: SqlEngine & { close(): void };

beforeAll(async () => {
  engine = await createEngine();
});

afterAll(() => engine.close());

describe('a stored table of another writer', () => {
  test.each(titled(fixtures))('is read as its writer read it: %s', async (_title, fixture) => {
    const table = await openFixture(fixture, engine, join(fixtureFolder(fixture), 'table'));
    const expected = expectedRows(fixture, table.schema.fields);
    const [count] = await engine.rows(`SELECT count(*)::INTEGER AS n FROM (${expected})`);
    expect(count?.['n']).toBeGreaterThan(2);
    expect(await difference(engine, (await table.scan()).sql, expected)).toEqual(noDifference);
  });

  const writable = fixtures.filter(({ name }) => name !== 'nested');

  test.each(titled(writable))('keeps its rows under an append and a merge: %s', async (_title, fixture) => {
    const folder = await mkdtemp(join(tmpdir(), 'iceberg-fixture-'));
    try {
      await cp(join(fixtureFolder(fixture), 'table'), folder, { recursive: true });
      const table = await openFixture(fixture, engine, folder);
      const before = expectedRows(fixture, table.schema.fields);
      await table.append(`SELECT * REPLACE (id + 1000 AS id) FROM (${before})`);
      expect(await difference(engine, (await table.scan()).sql, `${before} UNION ALL SELECT * REPLACE (id + 1000 AS id) FROM (${before})`)).toEqual(noDifference);
      await table.merge({ source: `SELECT DISTINCT id FROM (${before})`, on: ['id'], matched: [{ delete: true }] });
      expect(await difference(engine, (await table.scan()).sql, `SELECT * REPLACE (id + 1000 AS id) FROM (${before})`)).toEqual(noDifference);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('is committed to in the form of metadata that it has: spark/zipped_metadata', async () => {
    const fixture = fixtures.find(({ name }) => name === 'zipped_metadata') as Fixture;
    const folder = await mkdtemp(join(tmpdir(), 'iceberg-fixture-'));
    try {
      await cp(join(fixtureFolder(fixture), 'table'), folder, { recursive: true });
      const table = await openFixture(fixture, engine, folder);
      await table.append("SELECT 5 AS id, 'ours' AS name");
      const bytes = await readFile(join(folder, 'metadata', 'v3.gz.metadata.json'));
      expect(JSON.parse(gunzipSync(bytes).toString())).toMatchObject({ 'table-uuid': table.metadata['table-uuid'] });
      await writeFile(join(folder, 'metadata', 'v3.gz.metadata.json'), bytes.subarray(0, bytes.length - 20));
      await expect(openFixture(fixture, engine, folder)).rejects.toThrow(/v3\.gz\.metadata\.json: found \d+ bytes that break off .*, expected a whole gzip file/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
