import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readCopyRows } from './copy-text.ts';

const escape = (text: string | null): string => (text === null ? '\\N' : text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r').replaceAll('\b', '\\b').replaceAll('\f', '\\f').replaceAll('\v', '\\v'));

it('rows that PostgreSQL copies as text are read, however the bytes are cut', async () => {
  const cell = fc.option(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom('\\', '\n', '\t', '\r', '\b', '\f', '\v', 'N', 'é', '🍺') })));
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1 }), fc.integer({ min: 1, max: 20 }), async (rows, size) => {
    const bytes = Buffer.from(rows.map((row) => `${row.map(escape).join('\t')}\n`).join(''));
    async function* chunks() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    const read: (string | null)[][] = [];
    for await (const batch of readCopyRows(chunks(), 30)) read.push(...batch);
    expect(read).toEqual(rows);
  }));
});
