import fc from 'fast-check';
import { changeColumns, decimalOf, rawColumns, type Column, type SourceTable } from '@data-master/table-contracts';

/** A cell of generated input: a text or no value. */
type Cell = string | null;

const digits = (minLength: number, maxLength: number): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });
const sign = fc.constantFrom('', '', '-', '+');
const pad = (value: number, width: number): string => String(value).padStart(width, '0');

const date = fc.oneof(
  fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true }).map((day) => day.toISOString().slice(0, 10)),
  fc.tuple(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 32 })).map(([year, month, day]) => `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`),
);
const timestamp = fc
  .tuple(date, fc.constantFrom(' ', 'T'), fc.integer({ min: 0, max: 24 }), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }), digits(0, 7), fc.constantFrom('', '', 'Z', '+00', '-03', '+05:30', '-0330', '+15:59', '+16', '+01:60'))
  .map(([day, separator, hour, minute, second, fraction, zone]) => `${day}${separator}${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}${fraction && `.${fraction}`}${zone}`);
const extremeLongs = fc.constantFrom('9223372036854775807', '-9223372036854775808', '9223372036854775808', '-9223372036854775809', '2147483647', '2147483648', '-2147483648', '-2147483649', '0', '-0', '+0', '253402300799', '-62135596801', '9007199254740993');
const integer = fc.oneof(extremeLongs, fc.tuple(sign, digits(1, 20)).map(([minus, number]) => minus + number), fc.integer().map(String));
const decimal = fc.tuple(sign, digits(0, 5), fc.constantFrom('', '.'), digits(0, 4)).map((parts) => parts.join(''));
const float = fc.oneof(
  fc.double().map(String), fc.float().map(String), decimal,
  fc.tuple(sign, digits(1, 3), digits(0, 25), fc.constantFrom('e', 'E', 'e+', 'e-'), digits(1, 3)).map(([minus, whole, fraction, exponent, power]) => `${minus}${whole}.${fraction}${exponent}${power}`),
  fc.constantFrom('NaN', 'Infinity', '-Infinity', 'inf', 'nan', '-0', '-0.0', '5e-324', '1.7976931348623157e308', '1e309', '3.4028235e38', '3.4028236e38', '1.00000017881393421514957253748434595763683319091796875001'),
);
const junk = fc.constantFrom('abc', '0x1F', '1_000', ' 12 ', '1,5', '1 000', '--1', '.', '-', '1e', 'me@example.org', '4.7', 'NULL', 'null', '\\N');
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).map((value) => value.toWellFormed()),
  fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', '\r\n', ' ', "'", '\t', '\\', 'é', '語', '😀', 'e\u0301', '\u2028', '|', ';', '#'), maxLength: 8 }),
  fc.constantFrom('NULL', 'null', '\\N', ' ', '""', 'me@example.org', '-1', '0', '\ufeff'),
);

function cellOf(column: Column, clean = false): fc.Arbitrary<Cell> {
  if (clean) return column.required ? ownText(column, true) : fc.option(ownText(column, true));
  const own = ownText(column);
  const weights = column.type === 'string' ? [] : [{ arbitrary: junk, weight: 1 }, { arbitrary: fc.constant(''), weight: 1 }];
  return fc.oneof({ arbitrary: own, weight: 60 }, ...(column.required ? [{ arbitrary: fc.constant(null), weight: 1 }] : [{ arbitrary: fc.constant(null), weight: 10 }]), ...weights);
}

function ownText(column: Column, clean = false): fc.Arbitrary<string> {
  if (column.name === 'operation') return fc.constantFrom('load', 'insert', 'update', 'delete', 'delete');
  const valid = (arbitrary: fc.Arbitrary<string>, plain: fc.Arbitrary<string>) => (clean ? plain : fc.oneof({ arbitrary: plain, weight: 9 }, { arbitrary, weight: 1 }));
  switch (column.type) {
    case 'string': return clean ? text.map((value) => value.replaceAll('\0', '')) : text;
    case 'boolean': return valid(fc.constantFrom('T', 'True', 'tRUE', 'yes', '2'), fc.constantFrom('true', 'false', 't', 'f', '1', '0', 'TRUE'));
    case 'int':
    case 'long': return valid(integer, fc.integer({ min: -99_999, max: 99_999 }).map(String));
    case 'float':
    case 'double': return valid(float, fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }).map(String));
    case 'date': return valid(date, fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true }).map((day) => day.toISOString().slice(0, 10)));
    case 'timestamp': return valid(timestamp, fc.date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }).map((day) => day.toISOString().replace(/\.\d+Z$/, '.123456')));
    default: return valid(decimal, fittingDecimal(column));
  }
}

function fittingDecimal({ type }: Column): fc.Arbitrary<string> {
  const { precision, scale } = decimalOf(type) ?? { precision: 1, scale: 0 };
  return fc.tuple(fc.constantFrom('', '', '-'), digits(precision, precision)).map(([minus, all]) => `${minus}${all.slice(0, precision - scale) || '0'}${scale > 0 ? `.${all.slice(precision - scale)}` : ''}`);
}

export interface GeneratedInput {
  content: Buffer;
  records: number;
}

const lineEnd = fc.constantFrom('\n', '\n', '\n', '\r\n');

/** CSV of a table: columns in any order, with or without those of a change, quoted at will, sometimes broken unless `clean`. */
export function csvInput(table: SourceTable, { clean = false } = {}): fc.Arbitrary<GeneratedInput> {
  const arrange = fc.tuple(fc.subarray([...changeColumns]), fc.boolean()).chain(([change, shuffled]) => {
    const columns = [...rawColumns(table), ...change];
    return shuffled ? fc.shuffledSubarray(columns, { minLength: columns.length }) : fc.constant(columns);
  });
  return arrange.chain((columns) => {
    const recordOf = (end: fc.Arbitrary<string>) => fc
      .tuple(fc.tuple(...columns.map((column) => cellOf(column, clean))), fc.array(fc.boolean(), { minLength: columns.length, maxLength: columns.length }), fc.integer({ min: 0, max: clean ? 0 : 40 }), end)
      .map(([cells, quoted, damage, end]) => damageRecord(cells.map((cell, index) => renderCell(cell, quoted[index] ?? false)), damage, end));
    const records = lineEnd.chain((end) => fc.array(recordOf(clean ? fc.constant(end) : fc.oneof({ arbitrary: fc.constant(end), weight: 30 }, lineEnd)), { maxLength: 12 }));
    return fc.tuple(records, fc.boolean()).map(([records, lastLineEnd]) => {
      const content = Buffer.concat([Buffer.from(`${columns.map(({ name }) => name).join(',')}\n`), ...records]);
      return { content: lastLineEnd ? content : content.subarray(0, content.length - 1), records: records.length };
    });
  });
}

function renderCell(cell: Cell, quoted: boolean): string {
  if (cell === null) return '';
  return quoted || cell === '' || /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Most numbers do no damage. */
function damageRecord(cells: string[], damage: number, end: string): Buffer {
  switch (damage) {
    case 1: return Buffer.from(`${cells.slice(1).join(',')}${end}`);
    case 2: return Buffer.from(`${cells.join(',')},${end}`);
    case 3: return Buffer.from(`"${cells.join(',')}${end}`);
    case 4: return Buffer.from(`${cells.join(',')}"${end}`);
    case 5: return Buffer.concat([Buffer.from(cells.join(',')), Buffer.from([0xc3, 0x28]), Buffer.from(end)]);
    case 6: return Buffer.from(`${end}${cells.join(',')}${end}`);
    case 7: return Buffer.from(`${cells.join(',')}\r${end}`);
    case 8: return Buffer.from(`x"y,${cells.join(',')}${end}`);
    default: return Buffer.from(`${cells.join(',')}${end}`);
  }
}

/** NDJSON of a table: fields in any order, some missing, numbers as numbers or as texts, sometimes broken. */
export function jsonInput(table: SourceTable): fc.Arbitrary<GeneratedInput> {
  const columns = [...rawColumns(table), ...changeColumns];
  const record = fc
    .tuple(fc.tuple(...columns.map((column) => cellOf(column))), fc.array(fc.boolean(), { minLength: columns.length, maxLength: columns.length }), fc.integer({ min: 0, max: 40 }), lineEnd)
    .map(([cells, bare, damage, end]) => {
      const fields = cells.flatMap((cell, index) => {
        const column = columns[index] as Column;
        if (cell === null && bare[index]) return [];
        const literal = cell !== null && bare[index] && column.type !== 'string' && /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$|^(?:true|false)$/.test(cell);
        return [`${JSON.stringify(column.name)}: ${literal ? cell : JSON.stringify(cell)}`];
      });
      const extra = { 1: ['"unknown":1'], 2: ['"a_string":["x"]'], 3: ['"a_string":{}'], 4: ['"a_string":"again"'], 5: ['"a_string":tru'] }[damage] ?? [];
      return `{${[...extra, ...fields].join(',')}}${damage === 6 ? '}' : ''}${end}${damage === 7 ? end : ''}`;
    });
  return fc.array(record, { minLength: 1, maxLength: 12 }).map((records) => ({ content: Buffer.from(records.join('')), records: records.length }));
}
