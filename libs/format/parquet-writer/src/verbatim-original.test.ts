import { describe, expect, test } from '@jest/globals';
import { createPiiMasker } from '@data-master/pii-masking';
import { defineTable } from '@data-master/table-contracts';
import { rejectCsv } from './csv-block-reader.ts';
import { inputColumns } from './input-columns.ts';
import { createJsonJudge } from './json-judge.ts';

const masker = createPiiMasker(new Uint8Array(32).fill(7));
const tableOf = (personal: boolean) => defineTable({
  name: 't', doc: 'T', schemaVersion: 1, primaryKey: ['id'], quality: [],
  columns: {
    id: { id: 1, type: 'long', required: true, doc: 'key' },
    note: { id: 2, type: 'string', doc: 'note', ...(personal && { pii: { kind: 'name', treatment: 'mask' } as const }) },
  },
});

const jsonOriginal = (personal: boolean, line: string): string | undefined =>
  createJsonJudge(inputColumns(tableOf(personal)), masker)({ record: Buffer.from(line), endless: false } as never).rejection?.original;
const csvOriginal = (personal: boolean, line: string, cells: string[]): string =>
  rejectCsv(inputColumns(tableOf(personal)).slice(0, 2), masker, { line: 1, row: 1, cells, record: Buffer.from(line) }).original;

describe('the original of a rejected record', () => {
  test('is what was written where the table holds nothing personal', () => {
    expect(jsonOriginal(false, '{"id": 1.5, "note":"Ann"}')).toBe('{"id": 1.5, "note":"Ann"}');
    expect(jsonOriginal(false, 'no JSON')).toBe('no JSON');
    expect(csvOriginal(false, '1.5,"Ann"', ['1.5', 'Ann'])).toBe('1.5,"Ann"');
  });

  test('has personal cells treated, and all of them where they belong to no column', () => {
    expect(jsonOriginal(true, '{"id": 1.5, "note":"Ann"}')).toBe('{"id":"1.5","note":"A****"}');
    expect(jsonOriginal(true, 'no JSON')).toBe('n****');
    expect(csvOriginal(true, '1.5,"Ann"', ['1.5', 'Ann'])).toBe('1.5,A****');
  });

  test('never holds an address', () => {
    expect(jsonOriginal(false, 'ann@example.org')).toBe('<email>');
  });
});
