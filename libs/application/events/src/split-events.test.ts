import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { collect } from '@data-master/testing';
import { maxEventBytes, splitEvents } from './index.ts';

async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const end = start + (sizes[turn % sizes.length] ?? 1);
    yield bytes.subarray(start, end);
    start = end;
  }
}

it('gives every line that is not blank with its number, however the file is cut into chunks', async () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'é', ' ', '\r', '"') });
  await fc.assert(fc.asyncProperty(fc.array(line), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), async (lines, sizes) => {
    const events = await collect(splitEvents(inChunks(Buffer.from(lines.join('\n')), sizes)));
    const expected = lines.flatMap((text, index) => (/^[ \r]*$/.test(text) ? [] : [{ line: index + 1, sizeBytes: Buffer.byteLength(text), text }]));
    expect(events.map(({ bytes, ...rest }) => ({ ...rest, text: Buffer.from(bytes!).toString('utf8') }))).toEqual(expected);
  }));
});

it('takes a whole file for one event', async () => {
  expect(await collect(splitEvents(inChunks(Buffer.from('{\n}\n'), [1]), true))).toEqual([{ line: 1, sizeBytes: 4, bytes: Buffer.from('{\n}\n') }]);
});

it('keeps only the size of what is larger than an event, and goes on behind it', async () => {
  const file = Buffer.concat([Buffer.alloc(10 * maxEventBytes, 'x'), Buffer.from('\n{}'), Buffer.alloc(0)]);
  expect(await collect(splitEvents(inChunks(file, [65_536])))).toEqual([{ line: 1, sizeBytes: 10 * maxEventBytes }, { line: 2, sizeBytes: 2, bytes: Buffer.from('{}') }]);
});
