import type { IcebergType } from '../src/types.ts';

/** A column of each type that Spark and this package share. */
export const sampleColumns = {
  id: 'long',
  flag: 'boolean',
  small: 'int',
  big: 'long',
  single: 'float',
  wide: 'double',
  price: 'decimal(9, 2)',
  amount: 'decimal(18, 6)',
  mid: 'decimal(25, 5)',
  huge: 'decimal(38, 10)',
  born: 'date',
  at: 'timestamptz',
  seen: 'timestamp',
  name: 'string',
  code: 'uuid',
  raw: 'binary',
} as const satisfies Record<string, IcebergType>;

/** Texts that paths, quoting and orderings get wrong. */
export const awkwardTexts = [
  '', ' ', '_', '__HIVE_DEFAULT_PARTITION__', 'null', 'a/b', 'a=b', '50%', 'a:b?c#d&e+f', '..', 'tab\there', "it's \"quoted\"",
  'línea', '漢字', '🙂 smile', '\u{10ffff}', 'x'.repeat(40), 'São Paulo/SP', 'C:\\dir', '{curly}[square]', '~', 'a,b;c',
];

/**
 * SQL of rows of `sampleColumns`: `rows` of them from id `start` on, every value type with its extremes, NULLs in all
 * columns but the id, NaN and infinities, and the awkward texts as names. Some rows come twice.
 */
export function sampleRows(start: number, rows: number): string {
  const texts = awkwardTexts.map((text) => `'${text.replaceAll("'", "''")}'`).join(', ');
  const pick = (...values: string[]) => `([${values.join(', ')}])[1 + (i % ${values.length})::INTEGER]`;
  const orNull = (sql: string, every: number) => `CASE WHEN i % ${every} > 0 THEN ${sql} END`;
  return `SELECT
    i::BIGINT AS id,
    ${orNull('i % 2 = 0', 3)} AS flag,
    ${orNull(pick('-2147483648', '2147483647', '0', '(i % 50)::INTEGER'), 5)} AS small,
    ${orNull(pick('-9223372036854775808', '9223372036854775807', '9007199254740993', 'i * 1000000007'), 7)}::BIGINT AS big,
    ${orNull(pick("'nan'::FLOAT", "'inf'::FLOAT", "'-inf'::FLOAT", '-0.0::FLOAT', '1.4e-45::FLOAT', '0.1::FLOAT', 'i::FLOAT'), 6)} AS single,
    ${orNull(pick("'nan'::DOUBLE", '1.7976931348623157e308', '4.9e-324', '-0.0::DOUBLE', '0.1::DOUBLE', 'i::DOUBLE / 3'), 8)} AS wide,
    ${orNull(pick('9999999.99', '-9999999.99', '0', '0.01', '(i % 1000)::DECIMAL(9,2)'), 9)}::DECIMAL(9,2) AS price,
    ${orNull(pick('999999999999.999999', '-0.000001', '128', 'i + 0.5'), 10)}::DECIMAL(18,6) AS amount,
    ${orNull(pick("'99999999999999999999.99999'::DECIMAL(25,5)", "'-99999999999999999999.99999'::DECIMAL(25,5)", "'-0.00001'::DECIMAL(25,5)", 'i::DECIMAL(25,5)'), 7)} AS mid,
    ${orNull(pick("'9999999999999999999999999999.9999999999'::DECIMAL(38,10)", "'-9999999999999999999999999999.9999999999'::DECIMAL(38,10)", 'i::DECIMAL(38,10)'), 11)} AS huge,
    ${orNull(pick("DATE '0001-01-01'", "DATE '9999-12-31'", "DATE '1969-12-31'", "DATE '1582-10-10'", "DATE '2020-02-28' + (i % 400)::INTEGER"), 4)} AS born,
    ${orNull(pick("TIMESTAMPTZ '1969-12-31 23:59:59.999999+00'", "TIMESTAMPTZ '2024-02-29 23:59:59.999999+00'", "TIMESTAMPTZ '1900-01-01 00:00:00+00'", "TIMESTAMPTZ '2020-01-01 00:00:00+00' + to_hours((i % 9000)::INTEGER)"), 5)} AS at,
    ${orNull(pick("TIMESTAMP '1969-12-31 23:59:59.999999'", "TIMESTAMP '2024-03-31 02:30:00'", "TIMESTAMP '1900-01-01 00:00:00'", "TIMESTAMP '2020-01-01 00:00:00' + to_hours((i % 9000)::INTEGER)"), 6)} AS seen,
    ${orNull(`([${texts}])[1 + (i % ${awkwardTexts.length})::INTEGER]`, 13)} AS name,
    ${orNull("(lpad(to_hex((i * 7919) % 4294967296), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(i), 12, 'f'))::UUID", 4)} AS code,
    ${orNull("from_hex(lpad(to_hex((i * 31) % 65536), 4, '0') || repeat('ff', (i % 20)::INTEGER))", 5)} AS raw
    FROM (SELECT unnest([range, CASE WHEN range % 10 = 9 THEN range END]) AS i FROM range(${start}, ${start + rows})) WHERE i IS NOT NULL`;
}
