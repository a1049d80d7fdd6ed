import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFileCatalog } from './catalog.ts';
import { decodeValue, encodeValue, lowerBound, upperBound } from './single-values.ts';
import { createManifestReader, planFiles, type PlannedFile } from './snapshot-files.ts';
import { createTable } from './table.ts';
import { createWorkspace, type Workspace } from './testing/local-ports.ts';
import type { PrimitiveType, Value } from './types.ts';
import { canonicalSql, compareValues, parseCanonical, valueSql } from './values.ts';

let workspace: Workspace;
let tables = 0;

beforeAll(async () => {
  workspace = await createWorkspace();
  await workspace.engine.run(`SET TimeZone = 'America/New_York'`);
});

afterAll(() => workspace.dispose());

async function writeColumn(type: PrimitiveType, literals: readonly string[]): Promise<PlannedFile> {
  const catalog = createFileCatalog({ io: workspace.ports.io, location: `${workspace.folder}/bounds-${tables++}` });
  const table = await createTable({ catalog, ports: workspace.ports, schema: { fields: [{ id: 1, name: 'v', required: false, type }] } });
  await table.append(literals.map((literal) => `SELECT ${literal} AS v`).join(' UNION ALL '));
  const state = await catalog.load();
  if (!state) throw new Error('no table');
  const [file] = await planFiles(createManifestReader(workspace.ports.io), state, table.currentSnapshot, []);
  if (!file) throw new Error('no file');
  return file;
}

function boundsOf({ file }: PlannedFile, type: PrimitiveType): [Value | undefined, Value | undefined] {
  const lower = file.lowerBounds.get(1);
  const upper = file.upperBounds.get(1);
  return [lower && decodeValue(type, lower), upper && decodeValue(type, upper)];
}

const micros = fc.bigInt({ min: -62135596800000000n, max: 253402300799999999n });
const bytes = (maxLength: number) => fc.uint8Array({ minLength: 0, maxLength }).map((array) => Buffer.from(array));
const arbitraries: [PrimitiveType, fc.Arbitrary<Value>][] = [
  ['boolean', fc.boolean()],
  ['int', fc.integer()],
  ['long', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  ['float', fc.float({ noNaN: true })],
  ['double', fc.double({ noNaN: true })],
  ['date', fc.integer({ min: -719162, max: 2932896 })],
  ['time', fc.bigInt({ min: 0n, max: 86399999999n })],
  ['timestamp', micros],
  ['timestamptz', micros],
  ['string', fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: fc.constantFrom('a', '\u{10ffff}', '\ud7ff', '\uffff', 'é', '😀'), maxLength: 40 }))],
  ['uuid', fc.uint8Array({ minLength: 16, maxLength: 16 }).map((array) => Buffer.from(array))],
  ['binary', fc.oneof(bytes(40), bytes(40).map((array) => Buffer.from(array.map((byte) => byte | 0xf0))))],
  ['decimal(9, 2)', fc.bigInt({ min: -999999999n, max: 999999999n })],
  ['decimal(18, 0)', fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n })],
  ['decimal(38, 10)', fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })],
];

describe.each(arbitraries)('%s', (type, arbitrary) => {
  test('bounds of a written file enclose its values, whatever the session time zone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitrary, { minLength: 1, maxLength: 6 }), async (values) => {
        const [lower, upper] = boundsOf(await writeColumn(type, [...values.map((value) => valueSql(type, value)), 'NULL']), type);
        const unbounded = type === 'string' || type === 'binary';
        expect(lower).toBeDefined();
        if (!unbounded) expect(upper).toBeDefined();
        for (const value of values) {
          expect(compareValues(lower as Value, value)).toBeLessThanOrEqual(0);
          if (upper !== undefined) expect(compareValues(value, upper)).toBeLessThanOrEqual(0);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('a value survives SQL and serialisation', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitrary, { minLength: 1, maxLength: 20 }), async (values) => {
        const columns = values.map((value, index) => `${canonicalSql(type, valueSql(type, value))} AS c${index}`);
        const [row] = await workspace.engine.rows(`SELECT ${columns.join(', ')}`);
        values.forEach((value, index) => {
          expect(compareValues(parseCanonical(type, String(row?.[`c${index}`])) as Value, value)).toBe(0);
          expect(compareValues(decodeValue(type, encodeValue(type, value)) as Value, value)).toBe(0);
        });
      }),
      { numRuns: 20 },
    );
  });
});

test('strings and binary get bounds of at most 16 code points or bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      expect([...(lowerBound('string', text) as string)].length).toBeLessThanOrEqual(16);
      expect([...((upperBound('string', text) ?? '') as string)].length).toBeLessThanOrEqual(16);
    }),
  );
  expect(upperBound('string', '\u{10ffff}'.repeat(17))).toBeUndefined();
  expect(upperBound('string', `${'a'.repeat(15)}\ud7ff!`)).toBe(`${'a'.repeat(15)}\ue000`);
  expect(upperBound('binary', new Uint8Array(20).fill(255))).toBeUndefined();
});

test('a column with NaN has no bounds and no count that says there is none', async () => {
  const { file } = await writeColumn('double', [`'nan'::DOUBLE`, '1.5']);
  expect([file.lowerBounds.size, file.upperBounds.size, file.nanCounts.size]).toEqual([0, 0, 0]);
});

test('a lower bound of zero is written as minus zero, an upper one as plus zero', async () => {
  const { file } = await writeColumn('double', ['0.0::DOUBLE', '-0.0::DOUBLE']);
  expect(Buffer.from(file.lowerBounds.get(1) ?? []).toString('hex')).toBe('0000000000000080');
  expect(Buffer.from(file.upperBounds.get(1) ?? []).toString('hex')).toBe('0000000000000000');
});

test.each([
  ['date', `DATE 'infinity'`],
  ['timestamp', `TIMESTAMP '-infinity'`],
  ['date', `DATE '0044-03-15 (BC)'`],
] as const)('a %s of %s, which text cannot tell, leaves out the bounds', async (type, literal) => {
  const { file } = await writeColumn(type, [literal]);
  expect(file.lowerBounds.size + file.upperBounds.size).toBe(0);
});

test('values are serialised as appendix D of the specification says', () => {
  const hex = (type: PrimitiveType, value: Value) => Buffer.from(encodeValue(type, value)).toString('hex');
  expect(hex('boolean', true)).toBe('01');
  expect(hex('int', 34)).toBe('22000000');
  expect(hex('long', -1n)).toBe('ffffffffffffffff');
  expect(hex('date', -1)).toBe('ffffffff');
  expect(hex('float', 1)).toBe('0000803f');
  expect(hex('double', 1)).toBe('000000000000f03f');
  expect(hex('string', 'é')).toBe('c3a9');
  expect(hex('decimal(9, 2)', 1420n)).toBe('058c');
  expect(hex('decimal(9, 2)', -1n)).toBe('ff');
  expect(hex('decimal(9, 2)', 128n)).toBe('0080');
  expect(hex('decimal(9, 2)', 0n)).toBe('00');
});
