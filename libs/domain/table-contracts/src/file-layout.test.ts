import { expect, test } from '@jest/globals';
import { layoutProblem, type FileLayout } from './index.ts';

const columns = [{ name: 'id', required: true }, { name: 'note', required: false }];

test.each<[title: string, layout: FileLayout, problem: string | undefined]>([
  ['a sheet', { sheet: 'Data' }, undefined],
  ['a pattern with the required columns', { lines: { pattern: '(?<id>\\d+)' } }, undefined],
  ['groups as RE2 writes them', { lines: { pattern: '(?P<id>\\d+) (?P<note>.*)' } }, undefined],
  ['widths', { lines: { widths: { id: 3, note: 10 }, times: { note: 'yyyyMMdd' } } }, undefined],
  ['a sheet without name', { sheet: '' }, 'names the sheet ""; expected its name'],
  ['a group of no column', { lines: { pattern: '(?<id>.)(?<shoe>.)' } }, 'finds shoe in a line; expected columns of the table: id, note'],
  ['no group of a required column', { lines: { pattern: '(?<note>.*)' } }, 'does not find id in a line; expected a group (?<id>…), as the column is required'],
  ['a group that is escaped', { lines: { pattern: '\\(?<id>x' } }, 'does not find id in a line; expected a group (?<id>…), as the column is required'],
  ['a time of no column', { lines: { pattern: '(?<id>.)', times: { at: 'yyyy' } } }, 'finds at in a line; expected columns of the table: id, note'],
  ['a width of nothing', { lines: { widths: { id: 0 } } }, 'gives id the width 0; expected a whole number from 1'],
])('a layout with %s', (_title, layout, problem) => {
  expect(layoutProblem(layout, columns)).toBe(problem);
});
