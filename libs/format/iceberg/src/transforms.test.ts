import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hashValue } from './murmur3.ts';
import { hashSql } from './murmur3-sql.ts';
import { transformSql } from './transform-sql.ts';
import { parseTransform, transformedType, transformValue } from './transforms.ts';
import { createEngine } from './testing/local-ports.ts';
import type { SqlEngine } from './ports.ts';
import type { Field, PrimitiveType, Value } from './types.ts';
import { canonicalSql, parseCanonical, toValue, valueSql } from './values.ts';

let engine: SqlEngine & { close(): void };

beforeAll(async () => {
  engine = await createEngine();
});

afterAll(() => engine.close());

/** Specification, appendix B; the 32-bit hashes of the values. */
const published: [type: PrimitiveType, literal: string | number | bigint | Uint8Array, hash: number][] = [
  ['int', 34, 2017239379],
  ['long', 34n, 2017239379],
  ['decimal(9, 2)', '14.20', -500754589],
  ['date', '2017-11-16', -653330422],
  ['time', '22:31:08', -662762989],
  ['timestamp', '2017-11-16T22:31:08', -2047944441],
  ['timestamp', '2017-11-16T22:31:08.000001', -1207196810],
  ['timestamptz', '2017-11-16T22:31:08Z', -2047944441],
  ['timestamptz', '2017-11-16T22:31:08.000001Z', -1207196810],
  ['string', 'iceberg', 1210000089],
  ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', 1488055340],
  ['fixed[4]', Uint8Array.of(0, 1, 2, 3), -188683207],
  ['binary', Uint8Array.of(0, 1, 2, 3), -188683207],
];

async function hashesOf(type: PrimitiveType, values: readonly Value[]): Promise<number[]> {
  const selected = values.map((value, index) => `${hashSql(type, valueSql(type, value))} AS h${index}`);
  const [row = {}] = await engine.rows(`SELECT ${selected.join(', ')}`);
  return Object.values(row).map((hash) => Number(BigInt.asIntN(32, hash as bigint)));
}

describe('the hash of buckets', () => {
  test.each(published)('of %s %p is %d, as the specification says, in TypeScript and in SQL', async (type, literal, hash) => {
    const value = toValue(type, literal);
    expect(hashValue(type, value)).toBe(hash);
    expect(await hashesOf(type, [value])).toEqual([hash]);
  });
});

const micros = fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n });

const samples: Partial<Record<PrimitiveType, fc.Arbitrary<Value>>> = {
  boolean: fc.boolean(),
  int: fc.integer(),
  long: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  'decimal(4, 2)': fc.bigInt({ min: -9999n, max: 9999n }),
  'decimal(18, 0)': fc.bigInt({ min: -(10n ** 18n - 1n), max: 10n ** 18n - 1n }),
  'decimal(27, 9)': fc.bigInt({ min: -(10n ** 27n - 1n), max: 10n ** 27n - 1n }),
  'decimal(38, 10)': fc.oneof(fc.bigInt({ min: -(10n ** 38n - 1n), max: 10n ** 38n - 1n }), fc.bigInt({ min: -70_000n, max: 70_000n })),
  date: fc.integer({ min: -719_162, max: 2_932_896 }),
  time: fc.bigInt({ min: 0n, max: 86_399_999_999n }),
  timestamp: micros,
  timestamptz: micros,
  string: fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => text.isWellFormed()),
  uuid: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  binary: fc.uint8Array({ maxLength: 40 }),
  'fixed[7]': fc.uint8Array({ minLength: 7, maxLength: 7 }),
};

const times = ['year', 'month', 'day'];
const widths = ['truncate[1]', 'truncate[3]', 'truncate[10]', 'truncate[1000]', 'truncate[2147483647]'];
const buckets = ['bucket[1]', 'bucket[16]', 'bucket[2147483647]'];

const transformsOf = (type: PrimitiveType): string[] => [
  'identity',
  'void',
  ...(type === 'boolean' ? [] : buckets),
  ...(/^(int|long|string|binary|decimal\((4|18|27).*)$/.test(type) ? widths : []),
  ...(/^(date|timestamp|timestamptz)$/.test(type) ? times : []),
  ...(/^timestamp/.test(type) ? ['hour'] : []),
];

test.each(Object.keys(samples) as PrimitiveType[])('SQL and TypeScript transform every %s to the same value', async (type) => {
  const arbitrary = samples[type] as fc.Arbitrary<Value>;
  const source: Field = { id: 1, name: 'v', required: false, type };
  await fc.assert(
    fc.asyncProperty(fc.array(arbitrary, { minLength: 1, maxLength: 60 }), async (values) => {
      const names = transformsOf(type);
      const selected = names.map((name, index) => {
        const transform = parseTransform(name);
        return `${canonicalSql(transformedType(transform, type), transformSql(transform, source))} AS t${index}`;
      });
      const rows = values.map((value, index) => `(${index}, ${valueSql(type, value)})`);
      const found = await engine.rows(`SELECT ${selected.join(', ')} FROM (VALUES ${rows.join(', ')}, (${values.length}, NULL)) r(i, v) ORDER BY i`);
      for (const [index, name] of names.entries()) {
        const transform = parseTransform(name);
        const parsed = found.map((row) => {
          const text = row[`t${index}`];
          return typeof text === 'string' ? parseCanonical(transformedType(transform, type), text) : null;
        });
        const expected = values.map((value) => transformValue(transform, type, value));
        expect([name, ...parsed].map(comparable)).toEqual([name, ...expected, null].map(comparable));
      }
    }),
    { numRuns: 25 },
  );
});

function comparable(value: Value | null | undefined): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

test('truncation rounds down, cuts by code points and wraps below the least number as other engines do', () => {
  const truncated = (name: string, type: PrimitiveType, value: Value) => transformValue(parseTransform(name), type, value);
  expect([1, -1].map((value) => truncated('truncate[10]', 'int', value))).toEqual([0, -10]);
  expect(truncated('truncate[10]', 'long', -1n)).toBe(-10n);
  expect(truncated('truncate[50]', 'decimal(9, 2)', 1065n)).toBe(1050n);
  expect(truncated('truncate[3]', 'string', 'iceberg')).toBe('ice');
  expect(truncated('truncate[2]', 'string', '🙂é漢')).toBe('🙂é');
  expect(truncated('truncate[3]', 'binary', Uint8Array.of(1, 2, 3, 4, 5))).toEqual(Uint8Array.of(1, 2, 3));
  expect(truncated('truncate[10]', 'int', -2147483648)).toBe(2147483646);
  expect(truncated('truncate[10]', 'long', -(2n ** 63n))).toBe(2n ** 63n - 2n);
});

test.each(['bucket[0]', 'bucket[-1]', 'truncate[99999999999]', 'truncate', 'bucket[4', 'zorder[2]', 'Identity', 'days'])('%s is no known transform', (name) => {
  expect(parseTransform(name)).toEqual({ kind: 'unknown', name, parameter: 0 });
});
