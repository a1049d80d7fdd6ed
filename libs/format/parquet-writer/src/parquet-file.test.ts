import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { ParquetReader } from '@dsnp/parquetjs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDuckDbEngine } from '@data-master/duckdb';
import { bronzeColumns, dialectsOf } from '@data-master/table-contracts';
import { createCopiedLocalFiles, createMemoryObjectStore } from '@data-master/testing';
import { createDuckDbParquetEngine, createPortableParquetEngine } from './index.ts';
import { mergeParquet } from './merge-parquet.ts';
import { splitParquet } from './parquet-footer.ts';
import { convert, everything, masker, people, type Parts } from './testing/samples.ts';
import { decodeThrift, encodeThrift, thriftType, type ThriftStruct } from './thrift-compact.ts';

let parts: Parts;

beforeAll(async () => {
  const store = createMemoryObjectStore();
  const query = await createDuckDbEngine({ memoryLimitMb: 256, threads: 2, spillFolder: tmpdir() });
  parts = { store, query, openFiles: () => createCopiedLocalFiles(store) };
});

afterAll(() => parts.query.close());

const row = `a_long,an_int,a_boolean,a_float,a_double,a_date,a_timestamp,a_small_decimal,a_fraction,a_whole_decimal,a_large_decimal,a_string,a_hashed,a_digested,a_masked,a_dropped,a_kept,a_ranged
9007199254740993,5,true,0.5,0.1,1969-12-31,1969-12-31 23:59:59.999999,4.5,0.1234,7,-1.001,text,me@example.org,,name,,,3
`;

async function localCopy(key: string): Promise<{ path: string; dispose: () => Promise<void> }> {
  const files = parts.openFiles();
  return { path: await files.path(key), dispose: () => files.dispose() };
}

describe.each(['duckdb', 'portable'] as const)('a file of the %s engine', (name) => {
  test('has the field ids, physical and logical types of the contract', async () => {
    const engine = name === 'duckdb' ? createDuckDbParquetEngine(parts) : createPortableParquetEngine({ store: parts.store });
    await convert(engine, parts, everything, row);
    const { path, dispose } = await localCopy(`bronze/${name}.parquet`);
    const schema = await parts.query.rows(`SELECT * FROM parquet_schema('${path}')`);
    await dispose();
    const leaves = schema.slice(1);
    expect(leaves.map(({ name: column, type, field_id }) => [column, type, field_id])).toEqual(bronzeColumns(everything).map((column) => [column.name, dialectsOf(column.type).parquet.physical, BigInt(column.id)]));
    const annotated = leaves.map((leaf) => leaf['converted_type']).map((type) => (type === 'INT_64' || type === 'INT_32' ? null : type));
    expect(annotated).toEqual(bronzeColumns(everything).map((column) => dialectsOf(column.type).parquet.logical ?? null));
    for (const { logical_type } of leaves.filter(({ converted_type }) => converted_type === 'TIMESTAMP_MICROS')) expect(logical_type).toMatch(/isAdjustedToUTC=1.*MICROS=MicroSeconds/);
  });
});

test('parquetjs reads what the portable engine wrote', async () => {
  await convert(createPortableParquetEngine({ store: parts.store }), parts, everything, row);
  const { path, dispose } = await localCopy('bronze/portable.parquet');
  const reader = await ParquetReader.openFile(path);
  const read = await reader.getCursor().next() as Record<string, unknown>;
  await reader.close();
  await dispose();
  expect(read).toMatchObject({ a_long: 9007199254740993n, an_int: 5, a_boolean: true, a_double: 0.1, a_small_decimal: 4.5, a_string: 'text', a_hashed: masker.treat('hash', 'me@example.org'), operation: 'load', _row: 1n });
});

test('row groups of the parts of a file follow one another, with their statistics', async () => {
  const content = `id,email,note,score,born\n${Array.from({ length: 3000 }, (_, index) => `${index},e,n${index},,\n`).join('')}`;
  await convert(createDuckDbParquetEngine({ ...parts, blocks: { blockBytes: 8000 } }), parts, people, content);
  const { path, dispose } = await localCopy('bronze/duckdb.parquet');
  const groups = await parts.query.rows(`SELECT row_group_id, row_group_num_rows AS rows, stats_min_value::BIGINT AS least, stats_max_value::BIGINT AS greatest FROM parquet_metadata('${path}') WHERE path_in_schema = 'id' ORDER BY row_group_id`);
  const filtered = await parts.query.rows(`SELECT note FROM read_parquet('${path}') WHERE id = 2500`);
  await dispose();
  expect(groups.length).toBeGreaterThan(3);
  expect(filtered).toEqual([{ note: 'n2500' }]);
  let next = 0n;
  for (const { rows, least, greatest } of groups) {
    expect([least, greatest]).toEqual([next, next + (rows as bigint) - 1n]);
    next += rows as bigint;
  }
  expect(next).toBe(3000n);
});

test('merging one file gives that file again', async () => {
  await convert(createPortableParquetEngine({ store: parts.store }), parts, people, 'id,email,note,score,born\n1,e,,,\n');
  const pieces: Uint8Array[] = [];
  for await (const piece of parts.store.read('bronze/portable.parquet')) pieces.push(piece);
  const file = Buffer.concat(pieces);
  const merged: Uint8Array[] = [];
  for await (const piece of mergeParquet(once(file))) merged.push(piece);
  expect(Buffer.concat(merged).equals(file)).toBe(true);
});

test('what is no Parquet is refused', async () => {
  expect(() => splitParquet(Buffer.from('PAR1 and no more'))).toThrow('16 bytes do not end as a Parquet file; expected a footer, its length and PAR1');
  expect(() => splitParquet(Buffer.alloc(3))).toThrow('3 bytes do not end');
});

describe("Thrift's compact protocol", () => {
  const field: fc.Arbitrary<{ type: number; value: bigint | boolean | Uint8Array }> = fc.oneof(
    fc.boolean().map((value) => ({ type: value ? thriftType.true : thriftType.false, value })),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ type: thriftType.i64, value })),
    fc.uint8Array().map((value) => ({ type: thriftType.binary, value })),
    fc.uint8Array({ minLength: 8, maxLength: 8 }).map((value) => ({ type: thriftType.double, value })),
  );
  const leaf: fc.Arbitrary<ThriftStruct> = fc.dictionary(fc.integer({ min: 1, max: 40 }).map(String), field).map((fields) => new Map(Object.entries(fields).map(([id, each]) => [Number(id), each])));
  const struct: fc.Arbitrary<ThriftStruct> = fc.tuple(leaf, leaf, fc.array(leaf, { maxLength: 20 }), fc.array(fc.boolean(), { maxLength: 20 })).map(([base, inner, structs, flags]) => new Map([
    ...base,
    [50, { type: thriftType.struct, value: inner }],
    [51, { type: thriftType.list, value: { elementType: thriftType.struct, items: structs } }],
    [80, { type: thriftType.list, value: { elementType: thriftType.true, items: flags } }],
  ]));

  test('reads what it writes', () => {
    fc.assert(fc.property(struct, (value) => expect(decodeThrift(encodeThrift(value))).toEqual(value)));
  });

  test('says when a struct is cut short', () => {
    const bytes = encodeThrift(new Map([[1, { type: thriftType.i64, value: 5n }]]));
    expect(() => decodeThrift(bytes.subarray(0, 2))).toThrow('thrift struct ends after 2 bytes; expected more');
  });
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
