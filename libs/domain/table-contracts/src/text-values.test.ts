import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { canonicalText, dateDays, decimalUnits, dialectsOf, duckdbTextType, expectedText, formatTimestamp, fromDuckdbTextType, textReader, timestampMicros, type LogicalType, type RowValue } from './index.ts';

const accepted: [LogicalType, string, RowValue][] = [
  ['boolean', 'TRUE', true], ['boolean', 't', true], ['boolean', '1', true], ['boolean', 'F', false], ['boolean', '0', false],
  ['int', '+2147483647', 2147483647], ['int', '-2147483648', -2147483648], ['int', '007', 7],
  ['long', '9223372036854775807', 2n ** 63n - 1n], ['long', '-9223372036854775808', -(2n ** 63n)],
  ['float', '0.1', Math.fround(0.1)], ['float', '1e-46', 0], ['float', '-Infinity', -Infinity],
  ['double', '5.', 5], ['double', '.5', 0.5], ['double', '1e3', 1000], ['double', '-0', 0], ['double', 'NaN', NaN],
  ['date', '0001-01-01', '0001-01-01'], ['date', '2000-02-29', '2000-02-29'], ['date', '9999-12-31', '9999-12-31'],
  ['timestamp', '2001-02-03 04:05:06', '2001-02-03T04:05:06.000000Z'], ['timestamp', '2001-02-03T04:05:06.7Z', '2001-02-03T04:05:06.700000Z'],
  ['timestamp', '2001-01-01 00:30:00+05:30', '2000-12-31T19:00:00.000000Z'], ['timestamp', '2001-01-01 00:30:00-03', '2001-01-01T03:30:00.000000Z'],
  ['decimal(3,1)', '4', '4.0'], ['decimal(3,1)', '4.00', '4.0'], ['decimal(3,1)', '-00.5', '-0.5'], ['decimal(3,1)', '-0', '0.0'], ['decimal(3,1)', '+.5', '0.5'],
  ['decimal(4,4)', '0.1234', '0.1234'], ['decimal(9,0)', '12.', '12'], ['decimal(18,3)', '-999999999999999.999', '-999999999999999.999'],
  ['string', '', ''], ['string', 'any\nthing', 'any\nthing'],
];

const refused: [LogicalType, string][] = [
  ['boolean', 'yes'], ['boolean', ''], ['int', '2147483648'], ['int', '4.7'], ['int', '4.0'], ['int', '1e3'], ['int', ' 1'], ['int', '1\n'], ['int', '0x1F'], ['int', '1_000'], ['int', '١'],
  ['long', '9223372036854775808'], ['long', ''], ['long', '-'], ['float', '3.5e38'], ['double', '1e999'], ['double', 'inf'], ['double', '.'], ['double', '1e'],
  ['date', '0000-01-01'], ['date', '2001-02-29'], ['date', '2001-13-01'], ['date', '2001-1-1'], ['date', '2001-02-03T00:00:00'],
  ['timestamp', '2001-02-03'], ['timestamp', '2001-02-30 00:00:00'], ['timestamp', '2001-02-03 24:00:00'], ['timestamp', '2001-02-03 00:60:00'], ['timestamp', '2001-02-03 00:00:60'],
  ['timestamp', '2001-02-03 00:00:00.1234567'], ['timestamp', '2001-02-03 00:00:00+16:00'], ['timestamp', '2001-02-03 00:00:00+01:60'], ['timestamp', '0001-01-01 00:00:00+01'], ['timestamp', '9999-12-31 23:59:59-01'],
  ['decimal(3,1)', '4.04'], ['decimal(3,1)', '100'], ['decimal(3,1)', '1e1'], ['decimal(3,1)', '4,5'], ['decimal(3,1)', ''], ['decimal(4,4)', '1'], ['decimal(9,0)', '1.5'],
];

describe('a reader of texts', () => {
  test.each(accepted)('%s accepts %j as %p', (type, text, value) => {
    expect(textReader({ type })(text)).toBe(value);
  });

  test.each(refused)('%s refuses %j', (type, text) => {
    expect(textReader({ type })(text)).toBeUndefined();
  });

  test('keeps to the range of its column, bounds included', () => {
    const read = textReader({ type: 'int', range: [-1n, 5n] });
    expect(['-2', '-1', '5', '6'].map(read)).toEqual([undefined, -1, 5, undefined]);
    expect(expectedText({ type: 'int', range: [-1n, 5n] })).toBe('an integer from -1 to 5');
    expect(expectedText({ type: 'int' })).toBe(dialectsOf('int').expected);
  });

  test('reads the canonical text of a value as that value', () => {
    const values: [LogicalType, fc.Arbitrary<RowValue>][] = [
      ['boolean', fc.boolean()], ['int', fc.integer()], ['long', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })], ['float', fc.float()], ['double', fc.double()],
      ['timestamp', fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n }).map(formatTimestamp)], ['string', fc.string()],
    ];
    for (const [type, arbitrary] of values) {
      fc.assert(fc.property(arbitrary, (value) => expect(textReader({ type })(canonicalText(value))).toEqual(value === 0 ? 0 : value)));
    }
  });

  test('accepts nothing that the contract of its type would not hold', () => {
    const types: LogicalType[] = ['boolean', 'int', 'long', 'float', 'double', 'date', 'timestamp', 'decimal(3,1)', 'decimal(4,4)', 'decimal(9,0)'];
    const text = fc.string({ unit: fc.constantFrom(...'0123456789+-.eTZ: '), maxLength: 24 });
    for (const type of types) {
      fc.assert(fc.property(fc.oneof(text, fc.constantFrom(...accepted.map(([, each]) => each))), (each) => {
        const value = textReader({ type })(each);
        if (value !== undefined) expect(dialectsOf(type).zod.safeParse(value)).toMatchObject({ success: true });
      }));
    }
  });
});

describe('the numbers behind a row', () => {
  test('timestamps and microseconds are inverse', () => {
    fc.assert(fc.property(fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n }), (micros) => expect(timestampMicros(formatTimestamp(micros))).toBe(micros)));
    expect(formatTimestamp(-1n)).toBe('1969-12-31T23:59:59.999999Z');
  });

  test('dates are days since 1970', () => {
    expect(['1970-01-01', '1969-12-31', '0001-01-01'].map(dateDays)).toEqual([0, -1, -719_162]);
  });

  test('decimals are units of their last digit', () => {
    expect(['4.5', '-0.5', '12', '-999999999999999.999'].map(decimalUnits)).toEqual([45n, -5n, 12n, -999_999_999_999_999_999n]);
  });
});

test('DuckDB reads texts without regard to its time zone and rounds to float once', () => {
  expect((['timestamp', 'float', 'decimal(5,2)', 'long'] as const).map((type) => [duckdbTextType(type), fromDuckdbTextType(type, 'x')])).toEqual([
    ['TIMESTAMP', 'make_timestamptz(epoch_us(x))'], ['DOUBLE', 'CAST(x AS FLOAT)'], ['DECIMAL(5,2)', 'x'], ['BIGINT', 'x'],
  ]);
});
