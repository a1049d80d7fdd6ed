import { deflateRawSync } from 'node:zlib';
import { describe, expect, it, test } from '@jest/globals';
import avsc from 'avsc';
import fc from 'fast-check';
import { createByteSink } from './byte-sink.ts';
import { takeInt, takeLong } from './byte-cursor.ts';
import { AvroFileError, AvroUnsupportedError, AvroValueError, openAvroFile, parseAvroFile, readAvroRecords, writeAvroRecords, type AvroRecord, type AvroSchema } from './index.ts';
import { bytesOf, inPieces, readAll } from './testing/files.ts';

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

test('integers survive writing and reading', () => {
  fc.assert(fc.property(long, fc.integer(), (big, small) => {
    const sink = createByteSink();
    sink.long(big);
    sink.long(small);
    const cursor = { bytes: sink.take(), offset: 0 };
    expect([takeLong(cursor), takeInt(cursor), cursor.offset]).toEqual([big, small, cursor.bytes.length]);
  }));
});

const schema: AvroSchema = {
  type: 'record', name: 'thing', namespace: 'a.b', fields: [
    { name: 'text', type: 'string' },
    { name: 'maybe', type: ['null', 'long'] },
    { name: 'either', type: ['string', 'boolean', { type: 'array', items: 'int' }] },
    { name: 'list', type: { type: 'array', items: { type: 'record', name: 'item', fields: [{ name: 'value', type: 'bytes' }] } } },
    { name: 'by_name', type: { type: 'map', values: 'double' } },
    { name: 'size', type: { type: 'enum', name: 'sizes', symbols: ['small', 'large'] } },
    { name: 'code', type: { type: 'fixed', name: 'code4', size: 4 } },
    { name: 'last', type: ['null', 'item'] },
    { name: 'next', type: ['null', 'a.b.thing'] },
    { name: 'ratio', type: 'float' },
  ],
};
const bytes = (maxLength: number, minLength = 0) => fc.uint8Array({ minLength, maxLength }).map((value) => Buffer.from(value));
const item = fc.record({ value: bytes(20) }, { noNullPrototype: true });
const thing = (depth: number): fc.Arbitrary<AvroRecord> => fc.record({
  text: fc.string({ unit: 'binary' }), maybe: fc.option(long), either: fc.oneof(fc.string({ unit: 'binary' }), fc.boolean(), fc.array(fc.integer(), { maxLength: 3 })),
  list: fc.array(item, { maxLength: 3 }), by_name: fc.dictionary(fc.string({ unit: 'binary' }), fc.double(), { noNullPrototype: true, maxKeys: 3 }),
  size: fc.constantFrom('small', 'large'), code: bytes(4, 4), last: fc.option(item), next: depth === 0 ? fc.constant(null) : fc.option(thing(depth - 1)), ratio: fc.float(),
}, { noNullPrototype: true });
const sync = Buffer.alloc(16, 7);

it('gives back the records that were written, however the file is cut into pieces', async () => {
  await fc.assert(fc.asyncProperty(fc.array(thing(2), { maxLength: 4 }), fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), async (records, sizes) => {
    const file = bytesOf(writeAvroRecords(schema, records, { sync, header: { 'made-by': 'ü' } }));
    expect(await readAll(readAvroRecords(inPieces(file, sizes)))).toEqual(records);
    const parsed = parseAvroFile(file);
    expect([parsed.records, parsed.header.get('made-by')]).toEqual([records, 'ü']);
  }), { numRuns: 60 });
});

it('tells the schema before the records, however the file is cut into pieces', async () => {
  const numbers: AvroSchema = { type: 'record', name: 'r', fields: [{ name: 'n', type: 'int' }] };
  const records = Array.from({ length: 2500 }, (_none, n) => ({ n }));
  const file = bytesOf(writeAvroRecords(numbers, records, { sync }));
  for (const size of [1, 50, file.length]) {
    const opened = await openAvroFile(inPieces(file, [size]));
    expect(opened.schema).toEqual(numbers);
    expect(await readAll(opened.records)).toEqual(records);
  }
  await expect(openAvroFile(inPieces(file.subarray(0, 30), [10]))).rejects.toThrow('found a header that breaks off after 30 bytes');
});

it('keeps the order of records over many blocks, none larger than a thousand records', async () => {
  const numbers: AvroSchema = { type: 'record', name: 'r', fields: [{ name: 'n', type: 'int' }] };
  const records = Array.from({ length: 12_345 }, (_none, n) => ({ n }));
  const file = bytesOf(writeAvroRecords(numbers, records, { sync }));
  expect(file.toString('latin1').split(sync.toString('latin1'))).toHaveLength(15);
  expect(await readAll(readAvroRecords(inPieces(file, [1000])))).toEqual(records);
});

describe('another implementation', () => {
  const type = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: false, registry: { long: bigintLong() } });

  it('reads what is written here', () => {
    fc.assert(fc.property(fc.array(thing(1), { minLength: 1, maxLength: 4 }), (records) => {
      const [, body] = [...writeAvroRecords(schema, records, { sync })];
      const cursor = { bytes: Buffer.from(body!), offset: 0 };
      const count = takeInt(cursor);
      const size = takeInt(cursor);
      expect(deflateRawSync(Buffer.concat(records.map((record) => type.toBuffer(record))))).toEqual(cursor.bytes.subarray(cursor.offset, cursor.offset + size));
      expect(count).toBe(records.length);
    }), { numRuns: 60 });
  });

  it('with the newest schema reads what an older one wrote, new fields by their defaults', () => {
    const older = { type: 'record', name: 'e', fields: [{ name: 'id', type: 'int' }] };
    const newer: avsc.Schema = { type: 'record', name: 'e', fields: [{ name: 'note', type: ['null', 'string'], default: null }, { name: 'id', type: 'int' }] };
    const { header } = parseAvroFile(bytesOf(writeAvroRecords(older, [{ id: 7 }], { sync })));
    const writer = avsc.Type.forSchema(JSON.parse(header.get('avro.schema')!) as avsc.Schema);
    const reader = avsc.Type.forSchema(newer, { wrapUnions: false });
    expect(reader.fromBuffer(writer.toBuffer({ id: 7 }), reader.createResolver(writer))).toEqual({ note: null, id: 7 });
  });
});

describe('logical types are read as texts', () => {
  test.each<[AvroSchema, unknown, unknown]>([
    [{ type: 'int', logicalType: 'date' }, -1, '1969-12-31'],
    [{ type: 'long', logicalType: 'timestamp-millis' }, 1n, '1970-01-01T00:00:00.001000Z'],
    [{ type: 'long', logicalType: 'timestamp-micros' }, -1n, '1969-12-31T23:59:59.999999Z'],
    [{ type: 'long', logicalType: 'timestamp-nanos' }, 1_000n, '1970-01-01T00:00:00.000001Z'],
    [{ type: 'long', logicalType: 'timestamp-nanos' }, -1n, '1969-12-31T23:59:59.999999999Z'],
    [{ type: 'long', logicalType: 'local-timestamp-micros' }, 1n, '1970-01-01T00:00:00.000001'],
    [{ type: 'long', logicalType: 'timestamp-micros' }, 2n ** 62n, 2n ** 62n],
    [{ type: 'int', logicalType: 'time-millis' }, 3_600_001, '01:00:00.001000'],
    [{ type: 'long', logicalType: 'time-micros' }, 1n, '00:00:00.000001'],
    [{ type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 }, Buffer.from('ff85', 'hex'), '-1.23'],
    [{ type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 }, Buffer.of(5), '0.05'],
    [{ type: 'fixed', name: 'd', size: 3, logicalType: 'decimal', precision: 4 }, Buffer.of(0, 0, 9), '9'],
    [{ type: 'string', logicalType: 'uuid' }, '3f0c6a3e-6d0f-4d4b-9a52-0a1f5a3c9b11', '3f0c6a3e-6d0f-4d4b-9a52-0a1f5a3c9b11'],
    [{ type: 'fixed', name: 'u', size: 16, logicalType: 'uuid' }, Buffer.from('3f0c6a3e6d0f4d4b9a520a1f5a3c9b11', 'hex'), '3f0c6a3e-6d0f-4d4b-9a52-0a1f5a3c9b11'],
    [{ type: 'string', logicalType: 'nobody-knows' }, 'a', 'a'],
  ])('%j of %s', (type, value, text) => {
    const record = { type: 'record', name: 'r', fields: [{ name: 'v', type }] };
    expect(parseAvroFile(bytesOf(writeAvroRecords(record, [{ v: value }], { sync }))).records).toEqual([{ v: text }]);
  });
});

describe('a value that its type does not hold is named by its place and never shown', () => {
  const inner: AvroSchema = { type: 'record', name: 'i', fields: [{ name: 'n', type: 'long' }, { name: 's', type: ['null', 'string'] }] };
  const outer: AvroSchema = { type: 'record', name: 'o', fields: [{ name: 'inner', type: inner }] };
  test.each<[string, unknown, string]>([
    ['text for a number', { inner: { n: 'jane' } }, 'inner.n is a string, expected Avro long'],
    ['an integer of more than 64 bits', { inner: { n: 2n ** 63n } }, 'inner.n is an integer beyond 64 bits, expected Avro long'],
    ['a number whose digits are lost', { inner: { n: 2 ** 53 } }, 'inner.n is an integer beyond its range, expected Avro long'],
    ['half a surrogate pair', { inner: { n: 1, s: '\ud800' } }, 'inner.s is a string, expected Avro null or string'],
    ['nothing', {}, 'inner is null, expected Avro record'],
  ])('%s', (_title, record, message) => {
    expect(() => bytesOf(writeAvroRecords(outer, [record], { sync }))).toThrow(new AvroValueError('', '', '').constructor);
    expect(() => bytesOf(writeAvroRecords(outer, [record], { sync }))).toThrow(message);
  });

  it('and left out of the file when somebody takes it', () => {
    const misfits: [number, string][] = [];
    const file = bytesOf(writeAvroRecords(inner, [{ n: 1 }, { n: 'x' }, { n: 2, s: 'a' }], { sync, onMisfit: (index, { path }) => misfits.push([index, path]) }));
    expect(parseAvroFile(file).records).toEqual([{ n: 1n, s: null }, { n: 2n, s: 'a' }]);
    expect(misfits).toEqual([[1, 'n']]);
  });
});

describe('a damaged file', () => {
  const numbers: AvroSchema = { type: 'record', name: 'r', fields: [{ name: 'n', type: 'long' }, { name: 't', type: 'string' }] };
  const whole = bytesOf(writeAvroRecords(numbers, Array.from({ length: 2500 }, (_none, n) => ({ n: BigInt(n), t: `text ${n}` })), { sync }));
  const headerBytes = whole.indexOf(sync) + 16;
  const start = whole.indexOf(sync, headerBytes) + 16;

  it('that is cut gives whole blocks and then an error, unless it is cut between blocks', async () => {
    for (let length = 0; length < whole.length; length += 131) {
      const given: AvroRecord[] = [];
      const reading = (async () => {
        for await (const records of readAvroRecords(inPieces(whole.subarray(0, length), [500]))) given.push(...records);
      })();
      await expect(reading).rejects.toThrow(AvroFileError);
      expect(given.length % 1000).toBe(0);
    }
    expect(parseAvroFile(whole.subarray(0, start)).records).toHaveLength(1000);
  });

  it('names the block and where it begins', () => {
    const altered = Buffer.from(whole);
    altered.fill(0xff, start + 20, start + 40);
    expect(() => parseAvroFile(altered)).toThrow(`found block 2 at byte ${start} that makes no sense`);
    expect(() => parseAvroFile(whole.subarray(0, -1))).toThrow(/^found block 3 at byte \d+ that breaks off after \d+ bytes, expected a whole Avro file; write the file again$/);
  });

  it('never fails otherwise, whatever byte is wrong', () => {
    fc.assert(fc.property(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const altered = Buffer.from(whole);
      altered[at]! ^= change;
      try {
        parseAvroFile(altered);
      } catch (error) {
        expect(error).toBeInstanceOf(AvroFileError);
      }
    }), { numRuns: 300 });
  });

  const withSchema = (text: string, body: Buffer, codec = 'null', count = 1): Buffer => {
    const sink = createByteSink();
    sink.bytes(Buffer.from('Obj\x01', 'latin1'));
    sink.long(2);
    for (const part of ['avro.schema', text, 'avro.codec', codec]) sink.text(part);
    sink.long(0);
    sink.bytes(sync);
    sink.long(count);
    sink.long(body.length);
    sink.bytes(body);
    sink.bytes(sync);
    return sink.take();
  };
  test.each<[string, Buffer, string]>([
    ['that is none', Buffer.from('PAR1 and more'), 'found a file that begins with the bytes 50415231, expected 4f626a01, the mark of Avro'],
    ['of no bytes', Buffer.alloc(0), 'found a header that breaks off after 0 bytes'],
    ['whose schema is no JSON', withSchema('{', Buffer.of()), 'found a header that makes no sense'],
    ['whose schema names what it does not define', withSchema('"other"', Buffer.of(2)), 'the schema has the type "other", which it does not define'],
    ['that would set a prototype', withSchema('{"type":"record","name":"r","fields":[{"name":"__proto__","type":"int"}]}', Buffer.of(2)), 'a field __proto__, which no record of JavaScript holds'],
    ['with text that is no UTF-8', withSchema('"string"', Buffer.of(2, 0xff)), 'text that is no UTF-8 at 1'],
    ['with a list that would fill the memory', withSchema('{"type":"array","items":"null"}', Buffer.of(0xfe, 0xff, 0xff, 0xff, 0x0f, 0)), 'items in 6 bytes'],
    ['with records that would fill the memory', withSchema('"null"', Buffer.of(), 'null', 2 ** 30), '1073741824 records in 0 bytes'],
    ['whose records contain themselves', withSchema('{"type":"record","name":"r","fields":[{"name":"r","type":"r"}]}', Buffer.of(0)), 'found block 1 at byte'],
    ['that grows beyond a block', withSchema('"bytes"', deflateRawSync(Buffer.alloc(65 * 2 ** 20)), 'deflate'), 'found block 1 at byte'],
  ])('%s is refused', (_title, file, message) => {
    expect(() => parseAvroFile(file)).toThrow(message);
    expect(() => parseAvroFile(file)).toThrow(AvroFileError);
  });

  it('in a codec that is not read says which are', () => {
    expect(() => parseAvroFile(withSchema('"int"', Buffer.of(), 'bzip2'))).toThrow(AvroUnsupportedError);
    expect(() => parseAvroFile(withSchema('"int"', Buffer.of(), 'bzip2'))).toThrow('found the codec "bzip2", expected one of null, deflate, zstandard, snappy');
  });
});

/** `long` of the other implementation as bigint. */
function bigintLong(): avsc.Type {
  return avsc.types.LongType.__with({
    fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
    toBuffer: (value: bigint) => {
      const buffer = Buffer.alloc(8);
      buffer.writeBigInt64LE(value);
      return buffer;
    },
    fromJSON: (value: number) => BigInt(value),
    toJSON: Number,
    isValid: (value: unknown) => typeof value === 'bigint',
    compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
  });
}
