import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import type { LogicalType } from '@data-master/table-contracts';
import { serialText } from './excel-cells.ts';
import { columnName, columnOf } from './excel-sheet.ts';
import { isDateFormat } from './excel-workbook.ts';
import { readObject, refusal, testdata } from './testing/read-object.ts';
import { sheetOf, workbookOf } from './testing/workbook.ts';

const types: Record<string, LogicalType> = { id: 'long', score: 'decimal(3,1)', born: 'date', seen: 'timestamp' };
const people = [
  ['1', 'plain', '4.5', '2001-02-03', '2001-02-03 04:05:06'],
  ['2', 'comma, "quote"\nand line', '2.3', '1999-12-31', '2024-02-29 23:59:59.500'],
  ['4', 'é 語 😀', '-0.1', '9999-12-31', '1970-01-01 00:00:00'],
];

describe('a workbook that another program wrote', () => {
  test('openpyxl: the first visible sheet, without empty rows; each row is found by its number in the sheet', async () => {
    const [file] = await readObject(await testdata('openpyxl.xlsx'), { types });
    expect(file).toMatchObject({ kind: 'xlsx', columns: ['id', 'note', 'score', 'born', 'seen'], lines: [2, 3, 5, 6] });
    expect(file?.rows).toEqual([people[0], people[1], ['3', null, null, null, null], people[2]]);
  });

  test('openpyxl: another sheet by its name, hidden or not; an unknown one is refused with the names', async () => {
    const content = await testdata('openpyxl.xlsx');
    expect(await readObject(content, { sheet: 'Other' })).toMatchObject([{ columns: ['id', 'note'], rows: [['7', 'seven']] }]);
    expect(await readObject(content, { sheet: 'Hidden' })).toMatchObject([{ columns: ['nothing'], rows: [] }]);
    expect(await refusal(content, { sheet: 'people' })).toBe('TerminalError: object raw/t/object has no sheet "people"; expected one of "Hidden", "People", "Other"; name one of them');
  });

  test.each(['xlsxwriter.xlsx', 'xlsxwriter-1904.xlsx'])('%s: shared texts, values of formulas, dates by their format; a table that begins at B2', async (name) => {
    const withoutTypes = (await readObject(await testdata(name)))[0];
    expect(withoutTypes?.rows?.[1]).toEqual(['2', 'comma, "quote"\nand line', '2.3', '1999-12-31', '2024-02-29 23:59:59.500']);
    const [file] = await readObject(await testdata(name), { types });
    expect(file?.columns).toEqual(['id', 'note', 'score', 'born', 'seen']);
    expect(file?.rows?.slice(0, 2)).toEqual(people.slice(0, 2));
    expect(file?.lines?.slice(0, 2)).toEqual([3, 4]);
  });

  test('inside gzip', async () => {
    expect(await readObject(gzipSync(await testdata('openpyxl.xlsx')), { sheet: 'Other' })).toMatchObject([{ rows: [['7', 'seven']] }]);
  });

  test('with a password is refused', async () => {
    expect(await refusal(await testdata('password.xlsx'))).toBe('TerminalError: object raw/t/object is an old .xls or a workbook with a password; expected an .xlsx without one: save it so');
  });

  test('that is cut anywhere is refused', async () => {
    const content = await testdata('xlsxwriter.xlsx');
    for (let at = 4; at < content.length; at += 97) expect(await refusal(content.subarray(0, at))).toMatch(/^TerminalError: object raw\/t\/object .+; (?:write it|pack it) again$/);
  });
});

describe('a cell', () => {
  const read = async (cell: string, type: LogicalType = 'string', parts = {}): Promise<unknown> =>
    (await readObject(workbookOf(`<sheetData><row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row><row>${cell}<c><v>1</v></c></row></sheetData>`, parts), { types: { a: type } }))[0]?.rows?.[0]?.[0];

  test.each<[title: string, cell: string, type: LogicalType, text: string | null]>([
    ['a whole number keeps its digits', '<c><v>9007199254740993</v></c>', 'long', '9007199254740993'],
    ['a number as a person typed it', '<c><v>2.2999999999999998</v></c>', 'decimal(3,1)', '2.3'],
    ['a number with an exponent', '<c><v>1E3</v></c>', 'long', '1000'],
    ['true', '<c t="b"><v>1</v></c>', 'boolean', 'true'],
    ['an error as it is shown', '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>', 'long', '#DIV/0!'],
    ['the text of a formula', '<c t="str"><f>A1</f><v>x</v></c>', 'string', 'x'],
    ['the empty text of a formula', '<c t="str"><f>A1</f><v></v></c>', 'string', null],
    ['a date in letters', '<c t="d"><v>2024-02-29T00:00:00</v></c>', 'date', '2024-02-29'],
    ['an escaped control character', '<c t="inlineStr"><is><t>a_x000D_b</t></is></c>', 'string', 'a\rb'],
    ['rich text without its reading aid', '<c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r><rPh><t>c</t></rPh></is></c>', 'string', 'ab'],
    ['no value', '<c/>', 'long', null],
    ['a day as the contract has it', '<c><v>45351</v></c>', 'date', '2024-02-29'],
    ['a day as an instant', '<c><v>45351</v></c>', 'timestamp', '2024-02-29 00:00:00'],
    ['a day with a time, for a date, is left for the contract to refuse', '<c><v>45351.5</v></c>', 'date', '2024-02-29 12:00:00'],
    ['a number beyond the calendar', '<c><v>1700000000</v></c>', 'timestamp', '1700000000'],
  ])('%s', async (_title, cell, type, text) => {
    expect(await read(cell, type)).toBe(text);
  });

  test('that looks like a date is one in a column of text or numbers too, a duration is a number', async () => {
    const styles = '<numFmts><numFmt numFmtId="164" formatCode="d/m/yy"/><numFmt numFmtId="165" formatCode="[h]:mm"/></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="21"/></cellXfs>';
    expect(await read('<c s="1"><v>45351</v></c>', 'long', { styles })).toBe('2024-02-29');
    expect(await read('<c s="2"><v>1.5</v></c>', 'string', { styles })).toBe('1.5');
    expect(await read('<c s="3"><v>0.5</v></c>', 'string', { styles })).toBe('12:00:00');
  });

  test.each([
    ['a formula without its value', '<c r="A2"><f>B2</f></c>', /cell A2 of sheet "One" of object raw\/t\/object has a formula and no value; expected the value beside it; open the workbook/],
    ['a text that is not there', '<c r="A2" t="s"><v>7</v></c>', /cell A2 of .+ refers to text 7 of 0/],
  ])('%s is refused', async (_title, cell, message) => {
    await expect(read(cell)).rejects.toThrow(message);
  });
});

test('days are counted from 1900, which had a 29 February for an older program, or from 1904', () => {
  expect(['1', '59', '60', '61', '2958465'].map((serial) => serialText(serial, 'date', false))).toEqual(['1900-01-01', '1900-02-28', '1900-02-29', '1900-03-01', '9999-12-31']);
  expect(['0', '1', '60'].map((serial) => serialText(serial, 'date', true))).toEqual(['1904-01-01', '1904-01-02', '1904-03-01']);
  fc.assert(fc.property(fc.integer({ min: 61, max: 2_958_465 }), fc.integer({ min: 1, max: 86_399_999 }), (days, millis) => {
    const text = serialText(String(days + millis / 86_400_000), 'timestamp', false);
    expect(Date.parse(`${text.replace(' ', 'T')}Z`)).toBe(Date.UTC(1899, 11, 30) + days * 86_400_000 + millis);
  }));
});

test('a number format shows a date or not', () => {
  expect(['yyyy-mm-dd', 'm/d/yy h:mm', '[$-409]mmmm', 'd. mmm', '[h]:mm:ss', '0.00', 'General', '#,##0 "days"', '0\\d', '[Red]0;yyyy'].map((code) => isDateFormat(170, code))).toEqual([true, true, true, true, false, false, false, false, false, false]);
});

test('letters of a column and its number are inverse', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 16_383 }), (column) => { expect(columnOf(`${columnName(column)}12`)).toBe(column); }));
  expect([columnName(0), columnName(25), columnName(26), columnName(16_383)]).toEqual(['A', 'Z', 'AA', 'XFD']);
});

describe('a sheet that is no table is refused', () => {
  const header = ['id', 'note'];
  test.each([
    ['without cells', workbookOf('<sheetData/>'), /sheet "One" of object raw\/t\/object is empty; expected a row of column names/],
    ['with a title over its header', workbookOf(sheetOf([['id', null, 'note'], [1, 2, 3]])), /cell B1 in the header of sheet "One" of .+ is empty or part of merged cells; expected a name over every column/],
    ['with merged cells in its rows', workbookOf(`${sheetOf([header, [1, 'a'], [2, 'b']])}<mergeCells><mergeCell ref="A2:A3"/></mergeCells>`), /cells A2:A3 in the table of sheet "One" of .+ are merged/],
    ['whose rows go back', workbookOf('<sheetData><row r="2"><c><v>1</v></c></row><row r="1"/></sheetData>'), /has row 1 after row 2; expected rising numbers/],
    ['with more columns than there are', workbookOf('<sheetData><row><c r="ZZZ1"><v>1</v></c></row></sheetData>'), /has cell ZZZ1 in row 1; expected at most 16384 columns/],
    ['of broken XML', workbookOf('<sheetData><row></sheetData>'), /sheet "One" of object raw\/t\/object is broken XML/],
    ['with entities of its own', workbookOf('&bomb;'), /is broken XML/],
    ['far too deep', workbookOf('<a>'.repeat(100)), /has elements more than 64 deep/],
  ])('%s', async (_title, content, message) => {
    expect(await refusal(content)).toMatch(message);
  });

  test('merged title lines above the header are no part of the table', async () => {
    const content = workbookOf(`<sheetData><row r="3"><c t="inlineStr"><is><t>id</t></is></c></row><row r="4"><c><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="A1:C1"/></mergeCells>`);
    expect(await readObject(content)).toMatchObject([{ columns: ['id'], rows: [['1']], lines: [4] }]);
  });
});

test('cells beside the table lengthen their row, so that it is rejected', async () => {
  expect((await readObject(workbookOf(sheetOf([['id', 'note'], [1, 'a', 'stray'], [2, 'b']]))))[0]?.rows).toEqual([['1', 'a', 'stray'], ['2', 'b']]);
});
