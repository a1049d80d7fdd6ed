import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { beerLake } from '@data-master/beer-lake';
import { createDuckDbEngine } from '@data-master/duckdb';
import { sheetOf, workbookOf } from '@data-master/raw-files/testing';
import { quoteText } from '@data-master/table-contracts';
import { openEmbeddedLake, type EmbeddedLake } from './index.ts';
import { inEveryKind } from './testing/foreign-files.ts';
import { listFiles } from './testing/home-files.ts';
import { queryOne } from './testing/lake-content.ts';
import { dropRaw } from './testing/raw-drop.ts';
import { batchKey, gzipped, inputTables, makeSampleInput } from './testing/sample-input.ts';
import { inTemporaryHome, makeTemporaryHome, withLake, type TemporaryHome } from './testing/temporary-home.ts';

const input = makeSampleInput();
const header = 'profile_id,profile_name,email,state\n';
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

const cutRows = header + Array.from({ length: 500 }, (_, id) => `${1_000 + id},Some One,leak.cut${id * 7919}@example.com,CA\n`).join('');
/** Files whose rows hold an address where none is expected; each address begins with `leak`. */
const malformed: Record<string, string | Uint8Array> = {
  'short.csv': `${header}101,leak.short@example.com\n`,
  'long.csv': `${header}102,Some One,leak.long@example.com,CA,leak.longer@example.com\n`,
  'comma.csv': `${header}103,Sur, Name,leak.comma@example.com,CA\n`,
  'quote.csv': `${header}104,"Some"One,leak.quote@example.com,CA\n`,
  'open-quote.csv': `${header}105,"Some One,leak.open@example.com,CA\n106,Other,leak.after@example.com,CA\n`,
  'utf8.csv': latin1(`${header}107,Jos\xe9,leak.bytes@example.com,CA\n`),
  'nul.csv': `${header}108,So\0me,leak.nul@example.com,CA\n`,
  'swapped.csv': `${header}117,leak.swapped@example.com,Some One,CA\n`,
  'shifted.csv': `${header}118,Smith,John,leak.shifted@example.com\n`,
  'swapped.ndjson': '{"profile_id":119,"profile_name":"leak.json@example.com","email":"x","state":"CA"}\n',
  'id.csv': `${header}leak.id@example.com,Some One,leak.key@example.com,CA\n`,
  'null.csv': `${header},Some One,leak.null@example.com,CA\n`,
  'header.csv': '109,Some One,leak.header@example.com,CA\n110,Other One,leak.second@example.com,CA\n',
  'columns.csv': 'profile_id,profile_name,leak.column@example.com,state\n111,Some One,x,CA\n',
  'fields.ndjson': '{"profile_id":112,"profile_name":"Some One","mail":"leak.field@example.com","state":"CA"}\n',
  'nested.ndjson': '{"profile_id":113,"profile_name":"Some One","email":{"home":"leak.nested@example.com"},"state":"CA"}\n',
  'broken.ndjson': '{"profile_id":114,"profile_name":"Some One","email":"leak.broken@example.com","state":\n',
  'name.ndjson': '{"profile_id":115,"leak.name@example.com":1}\n',
  'cut.csv.gz': gzipSync(cutRows).subarray(0, -900),
  'null-name.csv': `${header}116,,leak.nullname@example.com,CA\n`,
};
/** The same rows, each wrong in its own way, as files of every other kind. */
const foreign = [
  ['profile_id', 'profile_name', 'email', 'state'],
  ['leak.number@example.com', 'Some One', 'leak.foreign@example.com', 'CA'], ['201', 'leak.inname@example.com', 'x', 'CA'], ['202', '', 'leak.noname@example.com', 'CA'], ['203', 'Some One', 'leak.bad@example.com', 'CA'],
];
const clear = new Set(['leak.site@example.com', input.profile, cutRows, foreign.flat().join(' '), 'leak.entry@example.com leak.line@example.com leak.beside@example.com', ...Object.values(malformed).map((content) => Buffer.from(content as string).toString('latin1'))].flatMap((text) => text.match(/[\w.]+@example\.\w+/g) ?? []));

/** Everything that can be read in a file of the home: its bytes, and the values of a Parquet file as text. */
async function readableText(path: string, rows: (sql: string) => Promise<unknown[]>): Promise<string> {
  const bytes = (await readFile(path)).toString('latin1');
  if (!path.endsWith('.parquet')) return bytes;
  const values = await rows(`SELECT CAST(columns(*) AS VARCHAR) FROM read_parquet(${quoteText(path)}, hive_partitioning = false)`);
  const statistics = await rows(`SELECT stats_min_value, stats_max_value, stats_min, stats_max FROM parquet_metadata(${quoteText(path)})`);
  return bytes + JSON.stringify([values, statistics]);
}

describe('personal data', () => {
  let home: TemporaryHome;
  let lake: EmbeddedLake;

  beforeAll(async () => {
    home = await makeTemporaryHome();
    lake = await openEmbeddedLake(beerLake, home.environment);
    for (const table of inputTables) await lake.deliver(batchKey(table, 1), gzipped(input[table]));
    await dropRaw(lake, 'openbrewery/site.ndjson', '{"id":"site","name":"A","brewery_type":"micro","city":"B","state_province":"C","country":"D","website_url":"http://leak.site@example.com"}\n');
    for (const [name, content] of Object.entries(malformed)) await dropRaw(lake, `profile/${name}`, content);
    const kinds = await inEveryKind(foreign);
    for (const [kind, content] of Object.entries(kinds)) await dropRaw(lake, `profile/foreign-${kind}`, content);
    await dropRaw(lake, 'profile/headless.xlsx', workbookOf(sheetOf(foreign.slice(1, 3))));
    await dropRaw(lake, 'profile/beside.xlsx', workbookOf(sheetOf([foreign[0]!, [301, 'Some One', 'x', 'CA', 'leak.beside@example.com']])));
    await dropRaw(lake, 'profile/entry.zip', zipSync({ 'leak.entry@example.com.csv': Buffer.from(`${header}x,Some One,leak.foreign@example.com,CA\n`) }));
    await lake.deliver('raw/profile/lines.log', () => Buffer.from('leak.line@example.com was here\n'), { lines: { pattern: '(?<profile_id>[0-9]+) (?<profile_name>.+) (?<email>.+) (?<state>.+)' } });
    await lake.discover();
    await lake.drain();
  });
  afterAll(async () => {
    await lake.close();
    await home.remove();
  });

  test('the malformed files did end in quarantine or in errors', async () => {
    expect((await lake.failures()).map((record) => record.object_key.slice('raw/profile/'.length)).sort()).toEqual(['columns.csv', 'cut.csv.gz', 'header.csv', 'headless.xlsx']);
    expect((await lake.state()).quarantined).toBeGreaterThanOrEqual(Object.keys(malformed).length - 3);
  });

  test('no address of the input stands anywhere under the home but in raw', async () => {
    const engine = await createDuckDbEngine({ memoryLimitMb: 256, threads: 1, spillFolder: join(home.home, '..', 'spill') });
    try {
      const paths = (await listFiles(home.home)).filter((path) => !path.startsWith('dm-stage/raw/'));
      expect(paths.filter((path) => path.endsWith('.parquet')).length).toBeGreaterThan(20);
      expect(paths).toEqual(expect.arrayContaining(['lake.db', 'lake.db-wal', 'logs/lake.ndjson']));
      const found: string[] = [];
      for (const path of paths) {
        const text = await readableText(join(home.home, path), (sql) => engine.rows(sql));
        found.push(...[...clear].filter((address) => text.includes(address)).map((address) => `${address} in ${path}`));
      }
      expect(clear.size).toBeGreaterThan(550);
      expect(found).toEqual([]);
    } finally {
      await engine.close();
    }
  });

  test('addresses are hashed alike in every layer, so that they still join; the public name is kept', async () => {
    const [, name, email] = input.profile.split('\n')[1]!.split(',');
    const row = await queryOne(lake, 'SELECT b.email = s.email AS same, s.email, s.profile_name FROM silver.profile AS s JOIN bronze.profile AS b USING (profile_id) WHERE profile_id = 1');
    expect(row).toEqual({ same: true, email: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown, profile_name: name });
    expect(row['email']).not.toBe(createHash('sha256').update(email!).digest('hex'));
    expect(await queryOne(lake, 'SELECT count(*) AS unmatched FROM silver.review_flat AS f ANTI JOIN silver.profile AS p ON f.email = p.email')).toEqual({ unmatched: 0n });
  });

  test('an address among other text is taken out of it', async () => {
    expect(await queryOne(lake, `SELECT website_url FROM silver.openbrewery WHERE id = 'site'`)).toEqual({ website_url: 'http:<email>' });
  });

  test('name and telephone of an Open Brewery DB row are hashed, its place is not', async () => {
    expect(await queryOne(lake, `SELECT count(*) FILTER (regexp_full_match(name, '[0-9a-f]{64}')) AS names, count(*) FILTER (phone IS NULL OR regexp_full_match(phone, '[0-9a-f]{64}')) AS phones, count(phone) > 0 AS called, count(*) FILTER (length(city) < 64) AS cities FROM silver.openbrewery`))
      .toEqual({ names: 26n, phones: 26n, called: true, cities: 26n });
  });

  test('the key was made at first use, outside the home, readable by its owner alone', async () => {
    const [name, ...others] = await listFiles(home.keys);
    expect(others).toEqual([]);
    const path = join(home.keys, name!);
    expect(relative(home.home, path).startsWith('..')).toBe(true);
    const info = await stat(path);
    expect({ mode: info.mode & 0o777, size: info.size }).toEqual({ mode: 0o600, size: 32 });
    expect((await stat(home.keys)).mode & 0o777).toBe(0o700);
  });
});

describe('the key of a lake', () => {
  test('cannot be another one later: opening is refused and says what to put back', async () => {
    await inTemporaryHome(async (home) => {
      await withLake(home, async () => undefined);
      const [name] = await listFiles(home.keys);
      const own = await readFile(join(home.keys, name!));
      await writeFile(join(home.keys, name!), Buffer.alloc(32, 1));
      await expect(openEmbeddedLake(beerLake, home.environment)).rejects.toThrow(new RegExp(`the key of lake .+ has fingerprint [0-9a-f]{16}; expected [0-9a-f]{16}, the key that masked its data; put the file ${name!} back into .+, or name its folder with DM_KEYS`));
      await expect(openEmbeddedLake(beerLake, { ...home.environment, DM_KEYS: join(home.keys, '..', 'other') })).rejects.toThrow(/put the file/);
      await writeFile(join(home.keys, name!), own);
      await withLake(home, async (lake) => expect(await lake.failures()).toEqual([]));
    });
  });
});
