import { tmpdir } from 'node:os';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeAvroRecords } from '@data-master/avro';
import { createDuckDbEngine } from '@data-master/duckdb';
import { TerminalError } from '@data-master/ports';
import { workbookOf, sheetOf } from '@data-master/raw-files/testing';
import { defineTable, type SourceTable } from '@data-master/table-contracts';
import { createCopiedLocalFiles, createMemoryObjectStore } from '@data-master/testing';
import { createDuckDbParquetEngine, createPortableParquetEngine, type ConvertCommand } from './index.ts';
import { convert, masker, people, type Outcome, type Parts } from './testing/samples.ts';

let parts: Parts;

beforeAll(async () => {
  const store = createMemoryObjectStore();
  const query = await createDuckDbEngine({ memoryLimitMb: 256, threads: 1, spillFolder: tmpdir() });
  parts = { store, query, openFiles: () => createCopiedLocalFiles(store) };
});
afterAll(() => parts.query.close());

/** What both engines make of a file, which has to be the same. */
async function convertAlike(content: Uint8Array, { table = people, ...command }: Partial<ConvertCommand> & { table?: SourceTable } = {}): Promise<Outcome> {
  const duckdb = await convert(createDuckDbParquetEngine(parts), parts, table, content, command);
  expect(await convert(createPortableParquetEngine(parts), parts, table, content, command)).toEqual(duckdb);
  return duckdb;
}

async function parquetOf(select: string): Promise<Uint8Array> {
  const files = parts.openFiles();
  try {
    const path = await files.scratchPath('made.parquet');
    await parts.query.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
    const [row] = await parts.query.rows(`SELECT content FROM read_blob('${path}')`);
    return row?.content as Uint8Array;
  } finally {
    await files.dispose();
  }
}

const avroOf = (schema: Parameters<typeof writeAvroRecords>[0], records: readonly unknown[]): Uint8Array => Buffer.concat([...writeAvroRecords(schema, records as never, { sync: Buffer.alloc(16, 7) })]);
const optional = (type: string) => ['null', type];
const peopleSchema = { type: 'record', name: 'person', fields: [{ name: 'id', type: optional('long') }, { name: 'email', type: optional('string') }, { name: 'note', type: optional('string') }, { name: 'score', type: optional('string') }, { name: 'born', type: optional('string') }] };

type Person = [id: string | null, email: string | null, note: string | null, score: string | null, born: string | null];
const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 10 }), fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', ' ', '語', '\0'), maxLength: 6 }));
const person: fc.Arbitrary<Person> = fc.tuple(fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String), { freq: 20 }), fc.option(text, { freq: 20 }), fc.option(text), fc.option(fc.constantFrom('4.5', '0.1', '-99.9', '4.55', 'x', '')), fc.option(fc.constantFrom('2001-02-03', '2001-02-29', '0001-01-01', '')));
const header = 'id,email,note,score,born';
const cell = (value: string | null): string => (value === null ? '' : `"${value.replaceAll('"', '""')}"`);
const sql = (value: string | null): string => (value === null ? 'NULL' : `decode(from_hex('${Buffer.from(value).toString('hex')}'))`);
/** What does not depend on how the rows were written. */
const placeless = ({ quarantine, ...outcome }: Outcome) => ({ ...outcome, quarantine: quarantine.map(({ row, column, reason }) => ({ row, column, reason })) });

test('the same rows come to the same from CSV, Parquet and Avro, whole or broken', async () => {
  const seen = { accepted: 0, rejected: 0 };
  await fc.assert(fc.asyncProperty(fc.array(person, { minLength: 1, maxLength: 8 }), async (rows) => {
    const csv = placeless(await convertAlike(Buffer.from(`${header}\n${rows.map((row) => row.map((value) => (value === row[0] ? (value ?? '') : cell(value))).join(',')).join('\n')}\n`)));
    const names = header.split(',');
    const select = rows.map((row, at) => `SELECT ${at} AS _at, ${row.map((value, index) => `${index === 0 && value !== null ? `'${value}'` : sql(value)}::${index === 0 ? 'BIGINT' : 'VARCHAR'} AS ${names[index]}`).join(', ')}`).join(' UNION ALL ');
    expect(placeless(await convertAlike(await parquetOf(`SELECT * EXCLUDE (_at) FROM (${select}) ORDER BY _at`)))).toEqual(csv);
    const records = rows.map((row) => Object.fromEntries(names.map((name, index) => [name, index === 0 && row[0] !== null ? BigInt(row[0]) : row[index]])));
    expect(placeless(await convertAlike(avroOf(peopleSchema, records)))).toEqual(csv);
    seen.accepted += csv.accepted;
    seen.rejected += csv.rejected;
  }), { numRuns: 40 });
  expect(Math.min(seen.accepted, seen.rejected)).toBeGreaterThan(10);
});

describe('a record is found by its place in the file', () => {
  test('of Parquet, by its number, whatever its texts hold', async () => {
    const { quarantine } = await convertAlike(await parquetOf("SELECT CASE WHEN i = 3 THEN NULL ELSE i END AS id, 'x' AS email, E'two\\nlines' AS note FROM range(5) AS r(i)"));
    expect(quarantine).toEqual([{ line: 4, row: 4, column: 'id', reason: expect.stringMatching(/^id is null/), original: expect.any(String) }]);
  });

  test('of a workbook, by its row in the sheet', async () => {
    const { rows, quarantine } = await convertAlike(workbookOf(sheetOf([header.split(','), [1, 'a', null, 4.5, 36925], [], ['x', 'b', 'two\nlines'], [3, 'c'], [], ['y', 'd']])));
    expect(rows.map(({ id, score, born, _row }) => [id, score, born, _row])).toEqual([[1n, '4.5', '2001-02-03', 1n], [3n, null, null, 3n]]);
    expect(quarantine.map(({ line, row, reason }) => [line, row, reason.slice(0, 9)])).toEqual([[4, 2, 'id is "x"'], [7, 4, 'id is "y"']]);
  });

  test('of an archive, by the file and the line in it; rows are numbered through', async () => {
    const archive = zipSync({ 'b.csv': Buffer.from(`${header}\n1,a,,,\nx,b,,,\n`), 'a.csv': Buffer.from(`born,score,note,email,id\n,,,c,3\n,,,d,y\n`) });
    const { rows, quarantine } = await convertAlike(archive);
    expect(rows.map(({ id, _row }) => [id, _row])).toEqual([[1n, 1n], [3n, 3n]]);
    expect(quarantine.map((each) => ({ ...each, reason: '', original: '' }))).toEqual([
      { entry: 'b.csv', line: 3, row: 2, column: 'id', reason: '', original: '' }, { entry: 'a.csv', line: 3, row: 4, column: 'id', reason: '', original: '' },
    ]);
  });
});

const visit = defineTable({
  name: 'visit', doc: 'requests', schemaVersion: 1, primaryKey: ['at'], quality: [],
  columns: {
    client: { id: 1, type: 'string', required: true, doc: '', pii: { kind: 'other', treatment: 'hash' } },
    at: { id: 2, type: 'timestamp', required: true, doc: '' },
    path: { id: 3, type: 'string', doc: '' },
    status: { id: 4, type: 'int', doc: '' },
    bytes: { id: 5, type: 'long', doc: '' },
  },
  layout: { lines: { pattern: '(?<client>\\S+) \\S+ \\S+ \\[(?<at>[^\\]]+)\\] "[A-Z]+ (?<path>\\S+) [^"]*" (?<status>\\d+) (?:-|(?<bytes>\\d+))', times: { at: 'dd/MMM/yyyy:HH:mm:ss Z' } } },
});

describe('lines of a log', () => {
  const line = '10.0.0.7 - frank [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.0" 200 2326';

  test('become rows by the pattern of their table; what does not match is in quarantine with its line, masked', async () => {
    const { rows, quarantine } = await convertAlike(gzipSync([line, '', 'jane@example.org was here', line.replace('2326', '-'), line.replace(' 200 ', ' 99999999999 '), line.replace('Oct', 'Okt')].join('\r\n')), { table: visit });
    expect(rows.map(({ client, at, path, status, bytes, _row }) => [client, at, path, status, bytes, _row])).toEqual([
      [masker.treat('hash', '10.0.0.7'), '2000-10-10 20:55:36+00', '/a?b=1', 200, 2326n, 1n], [masker.treat('hash', '10.0.0.7'), '2000-10-10 20:55:36+00', '/a?b=1', 200, null, 3n],
    ]);
    expect(quarantine).toEqual([
      { line: 3, row: 2, reason: 'the line does not match the pattern of its table, expected a line that does', original: 'j****' },
      { line: 5, row: 4, column: 'status', reason: expect.stringMatching(/^status is "99999999999", expected an integer/), original: expect.not.stringContaining('10.0.0.7') },
      { line: 6, row: 5, column: 'at', reason: expect.stringMatching(/^at is "10\/Okt\/2000/), original: expect.not.stringContaining('10.0.0.7') },
    ]);
  });

  test('may have fixed widths', async () => {
    const { rows, quarantine } = await convertAlike(Buffer.from('   1語         4.5\n2  \nx\n1234too long for the table'), { layout: { lines: { widths: { id: 4, email: 10, score: 5 } } } });
    expect(rows.map(({ id, email, score }) => [id, email, score])).toEqual([[1n, masker.treat('hash', '語'), '4.5']]);
    expect(quarantine.map(({ line: at, reason }) => [at, reason])).toEqual([
      [2, expect.stringMatching(/^email is null/)], [3, expect.stringMatching(/^id is "x"/)], [4, 'the line has 26 characters, expected at most 19'],
    ]);
  });

  test('match in time that grows with their length only', async () => {
    const { rejected } = await convertAlike(Buffer.from(`${'1'.repeat(50_000)}!\n`), { layout: { lines: { pattern: '(?<id>(1+)+)(?<email>x)' } } });
    expect(rejected).toBe(1);
  });

  test.each([['(?<id>(', /pattern .+ cannot be used: error parsing regexp/], ['(?<id>(?=1).)', /expected the syntax of RE2/]])('by a pattern that is none are refused: %s', async (pattern, message) => {
    await expect(convertAlike(Buffer.from('1'), { layout: { lines: { pattern } } })).rejects.toThrow(message);
  });
});

const review = defineTable({
  name: 'opinion', doc: 'nested', schemaVersion: 1, primaryKey: ['id'], quality: [],
  columns: {
    id: { id: 1, type: 'string', required: true, doc: '' },
    beer: { id: 2, type: 'long', path: 'review.beer_id', doc: '' },
    author: { id: 3, type: 'string', path: 'review.author.name', doc: '', pii: { kind: 'name', treatment: 'hash' } },
  },
});

describe('columns inside records', () => {
  const jane = masker.treat('hash', 'jane');
  const found = [{ id: 'a', beer: 7n, author: jane }, { id: 'b', beer: null, author: null }];
  const read = async (content: Uint8Array) => (await convertAlike(content, { table: review })).rows.map(({ id, beer, author }) => ({ id, beer, author }));

  test('are read from JSON, Avro and Parquet alike', async () => {
    expect(await read(Buffer.from('{"id":"a","review":{"beer_id":7,"author":{"name":"jane"}}}\n{"id":"b","review":null}\n'))).toEqual(found);
    const author = { type: 'record', name: 'author', fields: [{ name: 'name', type: 'string' }] };
    const inner = { type: 'record', name: 'inner', fields: [{ name: 'beer_id', type: ['null', 'long'] }, { name: 'author', type: ['null', author] }] };
    expect(await read(avroOf({ type: 'record', name: 'r', fields: [{ name: 'id', type: 'string' }, { name: 'review', type: ['null', inner] }] }, [{ id: 'a', review: { beer_id: 7n, author: { name: 'jane' } } }, { id: 'b', review: null }]))).toEqual(found);
    expect(await read(await parquetOf("SELECT 'a' AS id, {beer_id: 7, author: {name: 'jane'}} AS review UNION ALL SELECT 'b', NULL"))).toEqual(found);
  });

  test('keep what is personal out of quarantine, however the record is at fault', async () => {
    const lines = ['{"id":"a","review":{"beer_id":"x","author":{"name":"jane"}}}', '{"id":"b","review":{"shoe":1,"author":{"name":"jane"}}}', '{"id":"c","review":"jane"}', '{"id":"d","review":{"author":["jane"]}}', '{"id":"e","review.beer_id":"jane"}'];
    const { quarantine } = await convertAlike(Buffer.from(lines.join('\n')), { table: review });
    expect(quarantine.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^beer is "x", expected an integer/), expect.stringMatching(/^the record has the unknown field review.shoe, expected id, review.beer_id, review.author.name/),
      'review is a JSON string, expected an object', 'review.author is an array, expected an object', 'the name of a field has a dot, expected fields inside an object',
    ]);
    expect(JSON.stringify(quarantine)).not.toContain('jane');
  });
});

describe('a file with other columns', () => {
  test.each<[string, () => Promise<Uint8Array> | Uint8Array, RegExp]>([
    ['Parquet that lacks a required one', () => parquetOf('SELECT 1 AS id'), /^the header of object raw\/people\/input-1.gz lacks email; expected id,email,note,score,born/],
    ['Parquet with an unknown one', () => parquetOf("SELECT 1 AS id, 'x' AS email, 2 AS shoe"), /has 1 unknown \(shoe\)/],
    ['a workbook that lacks one', () => workbookOf(sheetOf([['id', 'email', 'note', 'score'], [1, 'a']])), /lacks born; expected/],
    ['an archive of several kinds', () => zipSync({ 'a.csv': Buffer.from(`${header}\n`), 'b.json': Buffer.from('{"id":1,"email":"x"}') }), /"b.json" in object .+ is ndjson and the file before it is csv; expected files of one kind/],
    ['an empty file in an archive', () => zipSync({ 'a.csv': new Uint8Array() }), /"a.csv" in object .+ holds no data/],
  ])('%s is refused and nothing is written', async (_title, make, message) => {
    const content = await make();
    for (const engine of [createDuckDbParquetEngine(parts), createPortableParquetEngine(parts)]) {
      const failure: unknown = await convert(engine, parts, people, content).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(TerminalError);
      expect((failure as Error).message).toMatch(message);
      expect(await parts.store.head(`bronze/${engine.name}.parquet`)).toBeUndefined();
    }
  });

  test('that may be null, of Parquet or Avro, has null there', async () => {
    expect((await convertAlike(zstdCompressSync(await parquetOf("SELECT 1 AS id, 'x' AS email")))).rows).toMatchObject([{ id: 1n, note: null, born: null, operation: 'load' }]);
  });
});
