import { gzipSync } from 'node:zlib';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDuckDbEngine } from '@data-master/duckdb';
import { TerminalError } from '@data-master/ports';
import { createCopiedLocalFiles, createMemoryObjectStore } from '@data-master/testing';
import { createDuckDbParquetEngine, createPortableParquetEngine, maximumRecordBytes, type ParquetEngine } from './index.ts';
import { convert, everything, masker, people, readText, type Outcome, type Parts } from './testing/samples.ts';

const header = 'id,email,note,score,born\n';
const good = '1,me@example.org,hello,4.5,2001-02-03\n';
const bothNames = ['duckdb', 'portable'] as const;

let parts: Parts;
let engines: Record<(typeof bothNames)[number], ParquetEngine>;

beforeAll(async () => {
  const store = createMemoryObjectStore();
  const openFiles = () => createCopiedLocalFiles(store);
  const query = await createDuckDbEngine({ memoryLimitMb: 256, threads: 1, spillFolder: tmpdir() });
  parts = { store, openFiles, query };
  engines = { duckdb: createDuckDbParquetEngine(parts), portable: createPortableParquetEngine({ store }) };
});

afterAll(() => parts.query.close());

describe.each(bothNames)('%s: a row that does not fit goes to quarantine with its reason', (name) => {
  const rejected: [title: string, record: string | Buffer, column: string | undefined, reason: string | RegExp][] = [
    ['text in a number', 'x,a@b.cc,,,', 'id', 'id is "x", expected an integer from -9223372036854775808 to 9223372036854775807'],
    ['a fraction in an integer', '4.7,a@b.cc,,,', 'id', /^id is "4.7", expected an integer/],
    ['too many fractional digits', '2,a@b.cc,,4.04,', 'score', 'score is "4.04", expected a decimal number with at most 2 integer and 1 fractional digits'],
    ['too many integer digits', '2,a@b.cc,,104.0,', 'score', /^score is "104.0", expected a decimal/],
    ['an exponent in a decimal', '2,a@b.cc,,1e0,', 'score', /^score is "1e0"/],
    ['an integer beyond 64 bits', '9223372036854775808,a@b.cc,,,', 'id', /^id is "9223372036854775808"/],
    ['hexadecimal digits', '0x1F,a@b.cc,,,', 'id', /^id is "0x1F"/],
    ['digits with underscores', '1_000,a@b.cc,,,', 'id', /^id is "1_000"/],
    ['a number between spaces', ' 12 ,a@b.cc,,,', 'id', /^id is " 12 "/],
    ['a quoted empty number', '2,a@b.cc,,"",', 'score', /^score is "", expected a decimal/],
    ['a day that no calendar has', '2,a@b.cc,,,2001-02-29', 'born', 'born is "2001-02-29", expected a calendar date YYYY-MM-DD from 0001-01-01'],
    ['the year 0', '2,a@b.cc,,,0000-01-01', 'born', /^born is "0000-01-01"/],
    ['an address in the column of another text', '2,x,joe@b.cc,,', 'note', 'note is "<email>", expected text in UTF-8 without an e-mail address'],
    ['no value where one is required', '2,,,,', 'email', 'email is null, expected text in UTF-8'],
    ['no key', ',a@b.cc,,,', 'id', /^id is null, expected an integer/],
    ['a row too short', '2,a@b.cc', undefined, 'the record has 2 cells, expected 5'],
    ['a row too long', '2,a@b.cc,,,,,', undefined, 'the record has 7 cells, expected 5'],
    ['a quote inside a cell', '2,a@b.cc,say "x",,', undefined, /^a quote stands inside a cell that is not quoted, expected/],
    ['text after a closing quote', '2,"a@b.cc"x,,,', undefined, /^text follows a closing quote, expected/],
    ['a NUL character', '2,a@b.cc,x\0y,,', undefined, /^the record has a NUL character, expected text without/],
    ['bytes that are no UTF-8', Buffer.from('2,a@b.cc,x\xffy,,', 'latin1'), undefined, 'the record is not UTF-8, expected text in UTF-8'],
  ];

  test.each(rejected)('%s', async (_title, record, column, reason) => {
    const content = Buffer.concat([Buffer.from(header + good), Buffer.from(record), Buffer.from(`\n${good}`)]);
    const { accepted, quarantine, rows } = await convert(engines[name], parts, people, content);
    expect(accepted).toBe(2);
    expect(quarantine).toEqual([{ line: 3, row: 2, ...(column && { column }), reason: typeof reason === 'string' ? reason : expect.stringMatching(reason), original: expect.any(String) }]);
    expect(rows.map((row) => row['_row'])).toEqual([1n, 3n]);
  });

  test('a record that is not UTF-8 shows replacement characters', async () => {
    const { quarantine } = await convert(engines[name], parts, people, Buffer.from(`${header}2,,\xff,,`, 'latin1'));
    expect(quarantine[0]?.original).toBe('2,,\ufffd****,,');
  });

  test('a number beyond the range of its column, or of floating point', async () => {
    const columns = 'a_long,an_int,a_boolean,a_float,a_double,a_date,a_timestamp,a_small_decimal,a_fraction,a_whole_decimal,a_large_decimal,a_string,a_hashed,a_digested,a_masked,a_dropped,a_kept,a_ranged';
    const row = (values: Record<string, string>) => columns.split(',').map((column) => values[column] ?? '').join(',');
    const given: Record<string, string>[] = [
      { an_int: '2147483648' }, { a_double: '1e999' }, { a_float: '3.5e38' }, { a_ranged: '253402300800' }, { a_boolean: 'yes' }, { a_timestamp: '2001-01-01 24:00:00' }, { a_timestamp: '2001-01-01 00:00:00.1234567' },
    ];
    const { quarantine, accepted } = await convert(engines[name], parts, everything, [columns, ...given.map((values) => row({ a_long: '1', a_string: 's', ...values }))].join('\n'));
    expect(accepted).toBe(0);
    expect(quarantine.map(({ reason }) => reason)).toEqual([
      'an_int is "2147483648", expected an integer from -2147483648 to 2147483647',
      'a_double is "1e999", expected a number within the range of 64-bit floating point',
      'a_float is "3.5e38", expected a number within the range of 32-bit floating point',
      'a_ranged is "253402300800", expected an integer from -62135596800 to 253402300799',
      'a_boolean is "yes", expected true or false',
      expect.stringMatching(/^a_timestamp is "2001-01-01 24:00:00", expected an instant/),
      expect.stringMatching(/^a_timestamp is "2001-01-01 00:00:00.1234567", expected an instant/),
    ]);
  });

  test('a record longer than the limit is cut and the next ones are read', async () => {
    const long = 'x'.repeat(10_000_000);
    const { accepted, quarantine, rows } = await convert(engines[name], parts, people, `${header}${good}2,a@b.cc,${long},,\n${good}3,a@b.cc,"${long}",,\n${good}`);
    expect(accepted).toBe(3);
    expect(rows.map((row) => row['_row'])).toEqual([1n, 3n, 5n]);
    expect(quarantine).toEqual([3, 5].map((line) => ({ line, row: line - 1, reason: `the record is longer than ${maximumRecordBytes} bytes, expected a shorter one`, original: expect.stringMatching(/^[23],a\*\*\*\*,["x]\*\*\*\*/) })));
    expect(JSON.stringify(quarantine).length).toBeLessThan(10_000);
  });

  test('a long record within the limit is a row', async () => {
    const long = 'x'.repeat(maximumRecordBytes - 100);
    const { rows } = await convert(engines[name], parts, people, `${header}${good}2,a@b.cc,"${long}",,\n${good}`);
    expect(rows.map(({ note }) => (typeof note === 'string' ? note.length : note))).toEqual([5, long.length, 5]);
  });

  test('an unclosed quote rejects the line in which it stands and no other', async () => {
    const { quarantine, rows } = await convert(engines[name], parts, people, `${header}${good}2,"a@b.cc,,,\n${good}4,a@b.cc,"x",,\n${good}`);
    expect(quarantine).toEqual([{ line: 3, row: 2, reason: expect.stringContaining('expected'), original: '2,"****,,,' }]);
    expect(rows.map((row) => row['_row'])).toEqual([1n, 3n, 4n, 5n]);
  });

  test('an unclosed quote with no other quote after it names that', async () => {
    const { quarantine, accepted } = await convert(engines[name], parts, people, `${header}2,"a@b.cc,,,\n${good.repeat(3)}`);
    expect(accepted).toBe(3);
    expect(quarantine[0]).toMatchObject({ line: 2, row: 1, reason: expect.stringMatching(/^a quote never closes within 8388608 bytes or before the end, expected/) });
  });

  const json: [title: string, line: string, column: string | undefined, reason: string | RegExp][] = [
    ['a field that no contract knows', '{"id":1,"email":"a@b.cc","shoe":42}', undefined, /^the record has the unknown field shoe, expected id, email, note/],
    ['an address in the field of another text', '{"id":1,"email":"x","note":"joe@b.cc"}', 'note', 'note is "<email>", expected text in UTF-8 without an e-mail address'],
    ['a nested value', '{"id":1,"email":"a@b.cc","note":{"a":["}"]}}', 'note', 'note is an object or array, expected text in UTF-8 without an e-mail address'],
    ['a number for a text', '{"id":1,"email":5}', 'email', 'email is a JSON number, expected a JSON string'],
    ['a fraction for an integer', '{"id":4.7,"email":"a@b.cc"}', 'id', /^id is "4.7", expected an integer/],
    ['a fraction of zeros for an integer', '{"id":4.0,"email":"a@b.cc"}', 'id', /^id is "4.0"/],
    ['a missing field', '{"id":1}', 'email', 'email is null, expected text in UTF-8'],
    ['a field that stands twice', '{"id":1,"id":2,"email":"a@b.cc"}', undefined, 'a field stands twice in the JSON object, expected each once'],
    ['a line cut short', '{"id":1,"email":"a@', undefined, 'the line is not JSON, expected a JSON object'],
    ['an array', '[1]', undefined, 'the line is no JSON object, expected one'],
    ['a lone surrogate', '{"id":1,"email":"\\ud800"}', undefined, /^a text is not well-formed Unicode/],
    ['a NUL character', '{"id":1,"email":"a\\u0000"}', 'email', /expected text without NUL characters$/],
  ];

  test.each(json)('JSON: %s', async (_title, line, column, reason) => {
    const fine = '{"id":7,"email":"me@example.org"}';
    const { accepted, quarantine, rows } = await convert(engines[name], parts, people, `${fine}\n\n${line}\n${fine}`);
    expect(accepted).toBe(2);
    expect(quarantine).toEqual([{ line: 3, row: 2, ...(column && { column }), reason: typeof reason === 'string' ? reason : expect.stringMatching(reason), original: expect.any(String) }]);
    expect(rows.map((row) => row['_row'])).toEqual([1n, 3n]);
  });
});

describe.each(bothNames)('%s: a file that no row can be read from is refused and nothing is written', (name) => {
  const refused: [title: string, content: string | Buffer, message: RegExp][] = [
    ['no bytes', '', /^object raw\/people\/input-1.gz holds no data; expected CSV with a header or one JSON object per line/],
    ['gzip of no bytes', gzipSync(''), /holds no data/],
    ['blank lines only', '\n\r\n  \n', /holds no data/],
    ['a missing column', 'id,email,note,score\n1,a@b.cc,,', /^the header of object raw\/people\/input-1.gz lacks born; expected id,email,note,score,born in any order, besides operation, _commit_time, _position; correct/],
    ['an unknown column', 'id,email,note,score,born,shoe\n', /has 1 unknown \(shoe\); expected id,email/],
    ['a column twice', 'id,email,note,score,born,note\n', /repeats note; expected/],
    ['data without header', '7,me@example.org,hello,4.5,2001-02-03\n', /^the header of object raw\/people\/input-1.gz lacks id, email, note, score, born and has 5 unknown \(names withheld: the first line looks like data\)/],
    ['a header with a broken quote', 'id,"email,note\n', /^the header of object raw\/people\/input-1.gz cannot be read: a quote never closes/],
    ['a JSON array', '[{"id":1}]', /begins with \[; expected/],
  ];
  test.each(refused)('%s', async (_title, content, message) => {
    const failure = await convert(engines[name], parts, people, content).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TerminalError);
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).not.toMatch(/example|hello/);
    expect(await parts.store.head(`bronze/${name}.parquet`)).toBeUndefined();
  });

  test('gzip cut anywhere, after its header or in it', async () => {
    const rows = Array.from({ length: 300 }, (_, index) => (index % 7 === 0 ? `x,a${index}@b.cc,,,\n` : `${index},a${index}@b.cc,note ${index * 7919},,\n`)).join('');
    const whole = gzipSync(header + rows);
    const blocks = { blockBytes: 1000 };
    const engine = name === 'duckdb' ? createDuckDbParquetEngine({ ...parts, blocks }) : createPortableParquetEngine({ store: parts.store, blocks });
    expect(await convert(engine, parts, people, whole)).toMatchObject({ accepted: 257, rejected: 43 });
    for (const length of [2, 3, 9, 10, 11, 100, whole.length >> 1, whole.length - 9, whole.length - 8, whole.length - 4, whole.length - 1]) {
      const failure = await convert(engine, parts, people, whole.subarray(0, length)).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(TerminalError);
      expect((failure as Error).message).toMatch(/^object raw\/people\/input-1.gz is broken gzip: .*; expected a whole gzip file/);
      expect(await parts.store.head(`bronze/${name}.parquet`)).toBeUndefined();
      expect(await parts.store.head(`quarantine/${name}.ndjson`)).toBeUndefined();
    }
  });

  test('gzip with a changed byte, or with foreign bytes at its end', async () => {
    const whole = gzipSync(header + good.repeat(100));
    const changed = Buffer.from(whole);
    changed[whole.length - 6] = (changed[whole.length - 6] ?? 0) ^ 1;
    for (const content of [changed, Buffer.concat([whole, Buffer.from('garbage')]), Buffer.concat([whole, whole.subarray(0, 12)])]) {
      await expect(convert(engines[name], parts, people, content)).rejects.toThrow(/is broken gzip/);
    }
  });
});

describe.each(bothNames)('%s: what is unusual and allowed', (name) => {
  const allowed: [title: string, content: string | Buffer, ids: bigint[]][] = [
    ['a header and nothing else', header, []],
    ['a header without line end', header.trim(), []],
    ['gzip of several members', Buffer.concat([gzipSync(header), gzipSync(good), gzipSync(good)]), [1n, 1n]],
    ['a byte order mark', `\ufeff${header}${good}`, [1n]],
    ['a byte order mark before JSON', '\ufeff{"id":5,"email":"x"}', [5n]],
    ['lines that end in CR LF', (header + good + good).replaceAll('\n', '\r\n'), [1n, 1n]],
    ['line ends of both kinds', `${header.trim()}\r\n${good}${good.trim()}\r\n${good}`, [1n, 1n, 1n]],
    ['blank lines', `\n${header}\n${good}\n\r\n${good}\n`, [1n, 1n]],
    ['every cell in quotes', `${header}"1","e","","4.5","2001-02-03"\n`, [1n]],
    ['columns in another order', 'born,score,note,email,id\n,,,x,9\n', [9n]],
    ['JSON with numbers as texts', '{"id":"12","email":"x","score":"4.5"}', [12n]],
    ['JSON with a long beyond 2^53', '{"id":9007199254740993,"email":"x"}', [9007199254740993n]],
  ];
  test.each(allowed)('%s', async (_title, content, ids) => {
    const { rows, quarantine, accepted } = await convert(engines[name], parts, people, content);
    expect(quarantine).toEqual([]);
    expect(rows.map((row) => row['id'])).toEqual(ids);
    expect(accepted).toBe(ids.length);
  });

  test('null and empty text are told apart', async () => {
    const { rows } = await convert(engines[name], parts, people, `${header}1,"",,,\n2,"","",,\n`);
    expect(rows.map(({ note, email }) => [note, email])).toEqual([[null, masker.treat('hash', '')], ['', masker.treat('hash', '')]]);
  });

  test('a change brings its operation, time and position; a delete needs its key only', async () => {
    const content = `operation,_commit_time,_position,id,email,note,score,born\ndelete,2001-02-03 04:05:06.000007+01:00,0/1A,3,,,,\n,,,4,x,,,\nupdate,,,5,,,,\nDELETE,,,6,x,,,\n`;
    const { rows, quarantine } = await convert(engines[name], parts, people, content);
    expect(rows.map(({ id, operation, _commit_time, _position, _row }) => [id, operation, _commit_time, _position, _row])).toEqual([
      [3n, 'delete', '2001-02-03 03:05:06.000007+00', '0/1A', 1n],
      [4n, 'load', '2026-01-02 03:04:05.678+00', 'input-1.gz', 2n],
    ]);
    expect(quarantine.map(({ reason }) => reason)).toEqual(['email is null, expected text in UTF-8', 'operation is "DELETE", expected load, insert, update, delete']);
  });

  test('bytes read are reported up to the size of the object', async () => {
    const content = gzipSync(header + good);
    let last = 0;
    await convert(engines[name], parts, people, content, { onProgress: (readBytes) => (last = readBytes) });
    expect(last).toBe(content.length);
  });
});

test('no e-mail address is in quarantine, whatever is wrong with the row', async () => {
  const records = [
    'x,secret1@example.org,,,', '2,secret2@example.org,write to secret3@example.org,9999,', '3,secret4@example.org', '4,"secret5@example.org"x,,,',
    '"secret6@example.org,,,', 'secret7@example.org,8,,,', '5,x,,,secret8@example.org', '6,secret9@example.org,,,,,secret10@example.org',
  ];
  const lines = [
    '{"id":"x","email":"secret1@example.org"}', '{"id":1,"secret2@example.org":3}', '{"id":1,"email":"x","other":"secret3@example.org"}', '{"id":"secret4@example.org"}',
    '{"id":1,"email":"secret5@example.org', '{"id":1,"email":{"a":"secret6@example.org"}}', '"secret7@example.org"', '{"id":1,"email":"x","note":["secret8@example.org"]}',
  ];
  const outcomes: Outcome[] = [];
  for (const content of [header + records.join('\n'), lines.join('\n')]) {
    for (const name of bothNames) {
      outcomes.push(await convert(engines[name], parts, people, content));
      expect(await readText(parts.store, `quarantine/${name}.ndjson`)).not.toMatch(/secret|@/);
    }
  }
  expect(outcomes.map(({ accepted, rejected }) => [accepted, rejected])).toEqual([[0, 8], [0, 8], [0, 8], [0, 8]]);
});
