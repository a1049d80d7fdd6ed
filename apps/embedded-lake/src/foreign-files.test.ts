import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { defineLake, defineTable, notEmpty } from '@data-master/table-contracts';
import { openEmbeddedLake, type EmbeddedLake } from './index.ts';
import { inEveryKind } from './testing/foreign-files.ts';
import { readQuarantine } from './testing/home-files.ts';
import { dropRaw } from './testing/raw-drop.ts';
import { makeTemporaryHome, type TemporaryHome } from './testing/temporary-home.ts';

/** Requests to a web server, as its access log has them: the worked example of docs/files.md. */
const visit = defineTable({
  name: 'visit', doc: 'Requests to a web server', schemaVersion: 1, primaryKey: ['client', 'requested_at'], quality: [notEmpty()],
  columns: {
    client: { id: 1, type: 'string', required: true, doc: 'address of the client', pii: { kind: 'other', treatment: 'hash' } },
    requested_at: { id: 2, type: 'timestamp', required: true, doc: 'when the request came' },
    method: { id: 3, type: 'string', doc: 'method' },
    path: { id: 4, type: 'string', doc: 'what was asked for' },
    status: { id: 5, type: 'int', doc: 'status of the answer' },
    bytes: { id: 6, type: 'long', doc: 'bytes of the answer' },
  },
  layout: {
    lines: {
      pattern: '(?<client>\\S+) \\S+ \\S+ \\[(?<requested_at>[^\\]]+)\\] "(?<method>[A-Z]+) (?<path>\\S+) [^"]*" (?<status>[0-9]{3}) (?:-|(?<bytes>[0-9]+)).*',
      times: { requested_at: 'dd/MMM/yyyy:HH:mm:ss Z' },
    },
  },
});

const member = defineTable({
  name: 'member', doc: 'Members of a club', schemaVersion: 1, primaryKey: ['id'], quality: [],
  columns: {
    id: { id: 1, type: 'long', required: true, doc: 'member' },
    email: { id: 2, type: 'string', required: true, doc: 'address', pii: { kind: 'email', treatment: 'hash' } },
    fee: { id: 3, type: 'decimal(5,2)', doc: 'fee' },
    joined: { id: 4, type: 'date', doc: 'first day' },
  },
});
const club = defineLake({ name: 'club', tables: [visit, member], derived: [], gold: [] });

const rows = [
  ['id', 'email', 'fee', 'joined'],
  ['1', 'a@example.org', '12.50', '2024-02-29'], ['2', 'b@example.org', '', ''], ['x', 'leak.c@example.org', '1', '2024-01-01'], ['4', 'leak.d@example.org', '12.505', ''], ['5', 'e@example.org', '-0.1', '1999-12-31'],
];

let home: TemporaryHome;
let lake: EmbeddedLake;
beforeAll(async () => {
  home = await makeTemporaryHome();
  lake = await openEmbeddedLake(club, home.environment);
});
afterAll(async () => {
  await lake.close();
  await home.remove();
});

async function work(): Promise<void> {
  await lake.discover();
  await lake.drain();
}

test.each(['zst', 'zip', 'parquet', 'avro', 'xlsx'] as const)('a file of kind %s that is dropped ends in silver, its bad rows in quarantine with what is wrong, masked', async (kind) => {
  const before = await readQuarantine(home.home);
  await dropRaw(lake, `member/${kind}-file`, (await inEveryKind(rows))[kind]);
  await work();
  expect(await lake.failures()).toEqual([]);
  expect(await lake.query(`SELECT id, fee, joined FROM bronze.member WHERE _source_key = 'raw/member/${kind}-file' ORDER BY id`)).toEqual([
    { id: 1n, fee: '12.50', joined: '2024-02-29' }, { id: 2n, fee: null, joined: null }, { id: 5n, fee: '-0.10', joined: '1999-12-31' },
  ]);
  expect(await lake.query('SELECT count(*) AS n, count(DISTINCT email) AS emails FROM silver.member WHERE deleted_at IS NULL')).toEqual([{ n: 3n, emails: 3n }]);
  const added = (await readQuarantine(home.home)).slice(before.length);
  expect(added.map(({ row, reason }) => [row, reason])).toEqual([[3, expect.stringMatching(/^id is "x", expected an integer/)], [4, expect.stringMatching(/^fee is "12.505", expected a decimal/)]]);
  expect(JSON.stringify(added)).not.toContain('leak');
});

test('an access log becomes rows; what is no request is in quarantine', async () => {
  const request = '192.0.2.7 - jane [10/Oct/2000:13:55:36 -0700] "GET /beers HTTP/1.1" 200 2326 "-" "curl"';
  await dropRaw(lake, 'visit/access.log.gz', gzipSync(`${request}\n${request.replace('2326', '-').replace(':36', ':37')}\nleak.line@example.org wrote this\n`));
  await work();
  expect(await lake.query('SELECT requested_at, method, path, status, bytes FROM silver.visit ORDER BY requested_at')).toEqual([
    { requested_at: '2000-10-10 20:55:36+00', method: 'GET', path: '/beers', status: 200, bytes: 2326n }, { requested_at: '2000-10-10 20:55:37+00', method: 'GET', path: '/beers', status: 200, bytes: null },
  ]);
  expect((await readQuarantine(home.home)).filter(({ reason }) => reason.includes('pattern'))).toMatchObject([{ line: 3, row: 3, original: 'l****' }]);
});

describe('a file with a layout of its own', () => {
  const twoSheets = async (): Promise<Uint8Array> => (await inEveryKind([rows[0]!, ['77', 'g@example.org', '', '']])).xlsx;

  test('is read by it: lines of another form, another sheet; a sheet that is not there fails, and succeeds once the layout is mended', async () => {
    await lake.deliver('raw/member/lines.txt', () => Buffer.from('9;i@example.org\n10;j@example.org'), { lines: { pattern: '(?<id>[0-9]+);(?<email>.+)' } });
    await lake.deliver('raw/member/sheet.xlsx', twoSheetsBody, { sheet: 'Two' });
    await work();
    expect(await lake.query('SELECT id FROM silver.member WHERE id IN (9, 10, 77) ORDER BY id')).toEqual([{ id: 9n }, { id: 10n }]);
    const [failure] = await lake.failures();
    expect(failure?.error_message).toBe('object raw/member/sheet.xlsx has no sheet "Two"; expected one of "One"; name one of them');
    await dropRaw({ rawFolder: lake.rawFolder.replace(/raw$/, 'layouts') }, 'member/sheet.xlsx.json', '{"sheet":"One"}');
    await lake.retry();
    await work();
    expect(await lake.query('SELECT id FROM silver.member WHERE id = 77')).toEqual([{ id: 77n }]);
    expect(await lake.failures()).toEqual([]);

    async function* twoSheetsBody(): AsyncGenerator<Uint8Array> {
      yield await twoSheets();
    }
  });

  test('that does not fit fails with what is wrong', async () => {
    await dropRaw({ rawFolder: lake.rawFolder.replace(/raw$/, 'layouts') }, 'member/odd.csv.json', '{"lines":{"pattern":"(?<shoe>.)"}}');
    await dropRaw(lake, 'member/odd.csv', 'id,email,fee,joined\n');
    await work();
    expect((await lake.failures()).map((record) => record.error_message)).toEqual([expect.stringMatching(/^layout layouts\/member\/odd.csv.json finds shoe in a line; expected columns of the table: id, email/)]);
  });
});
