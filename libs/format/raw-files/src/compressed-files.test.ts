import { brotliCompressSync, crc32, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, test } from '@jest/globals';
import { readObject, refusal, testdata } from './testing/read-object.ts';

const csv = 'id,note\n1,a\n2,b\n';
const bytes = (text: string): Uint8Array => Buffer.from(text);
const zip = (files: Record<string, string | Uint8Array>): Uint8Array => zipSync(Object.fromEntries(Object.entries(files).map(([path, content]) => [path, typeof content === 'string' ? bytes(content) : content])));

describe('text is read through', () => {
  test.each([
    ['nothing', bytes(csv)],
    ['gzip', gzipSync(csv)],
    ['gzip of several members', Buffer.concat([gzipSync(csv.slice(0, 9)), gzipSync(csv.slice(9))])],
    ['zstd', zstdCompressSync(csv)],
    ['zstd of several frames', Buffer.concat([zstdCompressSync(csv.slice(0, 9)), zstdCompressSync(csv.slice(9))])],
    ['gzip of zstd', gzipSync(zstdCompressSync(csv))],
    ['zip', zip({ 'a.csv': csv })],
    ['zip without compression', zipSync({ 'a.csv': [bytes(csv), { level: 0 }] })],
    ['zip of zstd', zip({ 'a.csv.zst': zstdCompressSync(csv) })],
    ['gzip of zip', gzipSync(zip({ 'a.csv': csv }))],
  ])('%s', async (_name, content) => {
    expect(await readObject(content)).toEqual([expect.objectContaining({ kind: 'text', text: csv })]);
  });

  test('any bytes come back from any compression', async () => {
    const content = fc.uint8Array({ maxLength: 2000 }).map((given) => Buffer.concat([Buffer.from('t'), given]));
    await fc.assert(fc.asyncProperty(content, async (given) => {
      for (const packed of [gzipSync(given), zstdCompressSync(given), zipSync({ a: given })]) {
        expect((await readObject(packed))[0]?.text).toBe(given.toString());
      }
    }), { numRuns: 50 });
  });
});

test('the files of an archive come one after the other, in the order of its directory, without what systems add', async () => {
  const files = await readObject(zip({ 'b/two.csv': csv, 'b/': '', '__MACOSX/b/._two.csv': 'x', '.DS_Store': 'x', 'a.csv': 'id\n' }));
  expect(files.map(({ entry, text }) => [entry, text])).toEqual([['b/two.csv', csv], ['a.csv', 'id\n']]);
  expect(files[0]?.name).toBe('"b/two.csv" in object raw/t/object');
});

test('the bytes that were read of an archive are told', async () => {
  const content = zip({ 'a.csv': csv });
  let last = 0;
  await readObject(content, { onProgress: (readBytes) => (last = readBytes) });
  expect(last).toBe(content.length);
});

describe('what cannot be read is refused with what to do', () => {
  test.each(['gzip', 'zstd', 'zip'] as const)('%s that is cut anywhere', async (kind) => {
    const text = Array.from({ length: 400 }, (_, index) => `${index * 7919},x\n`).join('');
    const whole = { gzip: gzipSync, zstd: zstdCompressSync, zip: (content: string) => zip({ 'a.csv': content }) }[kind](text);
    for (const length of [5, 40, whole.length >> 1, whole.length - 1]) {
      expect(await refusal(whole.subarray(0, length))).toMatch(new RegExp(`^TerminalError: object raw/t/object is (?:a )?broken ${kind}.+; expected a whole .+; write it again$`));
    }
  });

  test.each([
    ['foreign bytes behind gzip', Buffer.concat([gzipSync(csv), bytes('garbage')]), /is broken gzip: .*incorrect header check/],
    ['foreign bytes behind zstd', Buffer.concat([zstdCompressSync(csv), bytes('garbage')]), /is broken zstd: /],
    ['an archive without files', zip({}), /is an archive without files; expected at least one/],
    ['an archive in an archive', zip({ 'inner.zip': zip({ 'a.csv': csv }) }), /"inner.zip" in object raw\/t\/object is an archive inside an archive; expected files/],
    ['gzip of gzip of gzip of gzip', gzipSync(gzipSync(gzipSync(gzipSync(csv)))), /is compressed more than 3 times; expected once/],
    ['a path that leaves the archive', zip({ '../a.csv': csv }), /is a broken zip archive: invalid relative path/],
    ['an OpenDocument file', zip({ mimetype: 'application/vnd.oasis.opendocument.spreadsheet', 'content.xml': '<x/>' }), /is an OpenDocument file; expected an .xlsx/],
    ['a Word document', zip({ '[Content_Types].xml': '<Types/>', 'word/document.xml': '<x/>' }), /is an Office file but no .xlsx workbook/],
    ['a 7z archive', Buffer.from('377abcaf271c0004', 'hex'), /is a 7z archive; expected zip, gzip, zstd or no compression/],
    ['bzip2', bytes('BZh91AY&SYrest'), /is bzip2; expected zip/],
    ['an encrypted Parquet file', bytes('PAREPARE'), /is an encrypted Parquet file; expected one without encryption/],
  ])('%s', async (_name, content, message) => {
    expect(await refusal(content)).toMatch(message);
    expect(await refusal(content)).toMatch(/^TerminalError: /);
  });

  test('an archive with a password', async () => {
    expect(await refusal(await testdata('password.zip'))).toMatch(/"people.csv" in object raw\/t\/object has a password; expected an archive without one/);
  });

  test('an archive whose bytes are not those of its directory', async () => {
    const changed = Buffer.from(zipSync({ 'a.csv': [bytes(csv), { level: 0 }] }));
    changed[changed.indexOf('1,a')] = 57;
    expect(await refusal(changed)).toMatch(new RegExp(`"a.csv" in .+ has 16 bytes with checksum ${crc32(csv.replace('1,a', '9,a'))}; expected 16 with ${crc32(csv)}`));
  });

  test('a compression that nobody knows', async () => {
    const archive = Buffer.from(zipSync({ 'a.csv': [brotliCompressSync(csv), { level: 0 }] }));
    for (const signature of ['PK\x03\x04', 'PK\x01\x02']) archive.writeUInt16LE(98, archive.indexOf(signature, 0, 'latin1') + (signature.endsWith('\x04') ? 8 : 10));
    expect(await refusal(archive)).toMatch(/is compressed by method 98; expected deflate, zstd or none/);
  });
});

describe('a bomb', () => {
  const expansion = { freeBytes: 1_000_000, expansion: 100 };
  const zeros = Buffer.alloc(3_000_000);
  test.each([['gzip', gzipSync(zeros)], ['zstd', zstdCompressSync(zeros)], ['zip', zipSync({ a: zeros })], ['many entries of zip', zipSync(Object.fromEntries(Array.from({ length: 4 }, (_, index) => [`${index}`, Buffer.alloc(900_000)])))]])('%s is refused before it is unpacked', async (_name, content) => {
    expect(await refusal(content, { expansion })).toMatch(/^TerminalError: object raw\/t\/object grows from \d+ bytes to \d+ or more; expected at most 100 times its size beyond 1000000 bytes/);
  });

  test('is not what compresses well and is small', async () => {
    expect((await readObject(gzipSync(zeros.subarray(0, 900_000)), { expansion }))[0]?.text).toHaveLength(900_000);
  });
});
