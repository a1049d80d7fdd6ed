import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import type { Block } from './block-reader.ts';
import { readBlocks } from './block-reader.ts';
import { frameCsvRecord } from './csv-framer.ts';
import { createCsvScanner } from './csv-scanner.ts';
import { inputColumns, type InputColumn } from './input-columns.ts';
import { createRowJudge } from './row-judge.ts';
import { csvInput } from './testing/generated-input.ts';
import { everything, masker } from './testing/samples.ts';

function blockOf(text: string | Buffer): Block {
  const bytes = Buffer.concat([Buffer.from(text), Buffer.from([0, 0])]);
  return { bytes, length: bytes.length - 2, final: true, full: false, consumed: 0, release: () => undefined };
}

function frameAll(block: Block): (string | null)[][] {
  const records: (string | null)[][] = [];
  for (let position = 0; position < block.length;) {
    const frame = frameCsvRecord(block, position);
    if (!frame?.cells) throw new Error(frame?.problem ?? 'no frame');
    records.push(frame.cells);
    position = frame.next;
  }
  return records;
}

const cell = fc.oneof(fc.string({ unit: fc.constantFrom('a', 'é', '😀', ',', '"', '\n', '\r', ' '), maxLength: 6 }), fc.constant(null));

describe('records of CSV', () => {
  test('are framed as csv-parse frames them', () => {
    const record = fc.tuple(fc.array(cell, { minLength: 2, maxLength: 5 }), fc.constantFrom('\n', '\r\n')).map(([cells, end]) => cells.map((each) => (each === null ? '' : `"${each.replaceAll('"', '""')}"`)).join(',') + end);
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 6 }), (records) => {
        const text = records.join('');
        const expected: unknown = parse(text, { relax_column_count: true, record_delimiter: ['\r\n', '\n'], cast: (value, { quoting }) => (value === '' && !quoting ? null : value) });
        expect(frameAll(blockOf(text))).toEqual(expected);
      }),
    );
  });

  test('cover their input without gap or overlap, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', '\0'), maxLength: 40 }), (text) => {
        const block = blockOf(`${text}\n`);
        let position = 0;
        let lines = 0;
        while (position < block.length) {
          const frame = frameCsvRecord(block, position);
          if (!frame) throw new Error('no frame in a final block');
          expect(frame.next).toBeGreaterThan(position);
          expect(frame.end).toBeLessThan(frame.next);
          expect(block.bytes[frame.next - 1]).toBe(10);
          position = frame.next;
          lines += frame.lines;
        }
        expect(lines).toBe(`${text}\n`.split('\n').length - 1);
      }),
    );
  });

  test('that the scanner passes are rows, framed alike', () => {
    let passed = 0;
    fc.assert(
      fc.property(fc.oneof(csvInput(everything), csvInput(everything, { clean: true })), ({ content }) => {
        const block = blockOf(Buffer.concat([content, Buffer.from('\n')]));
        const header = frameCsvRecord(block, 0);
        const columns = (header?.cells ?? []).map((name) => inputColumns(everything).find(({ column }) => column.name === name) as InputColumn);
        const scanner = createCsvScanner(columns);
        const judge = createRowJudge(columns, masker);
        for (let position = header?.next ?? 0; position < block.length;) {
          const frame = frameCsvRecord(block, position);
          if (!frame) throw new Error('no frame in a final block');
          scanner.reset();
          const next = scanner.scan(block.bytes, position);
          if (next >= 0 && frame.problem !== 'the record is not UTF-8, expected text in UTF-8') {
            passed += 1;
            expect(next).toBe(frame.next);
            expect(scanner.seen.innerLines + 1).toBe(frame.lines);
            expect(judge(frame.cells ?? [])).toMatchObject({ values: expect.any(Array) as unknown });
          }
          position = frame.next;
        }
      }),
      { numRuns: 300 },
    );
    expect(passed).toBeGreaterThan(100);
  });
});

describe('blocks', () => {
  test('hold the input once, however it arrives and is consumed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 10 }), fc.integer({ min: 1, max: 20 }), fc.infiniteStream(fc.nat(25)), async (pieces, blockBytes, steps) => {
        const seen: Uint8Array[] = [];
        for await (const block of readBlocks(feed(pieces), { blockBytes, limitBytes: 40 })) {
          const step = Math.min(nextOf(steps), block.length);
          block.consumed = block.final || (block.full && step === 0) ? block.length : step;
          seen.push(Buffer.from(block.bytes.subarray(0, block.consumed)));
          block.release();
        }
        const whole = Buffer.concat(pieces);
        const text = whole.subarray(0, 3).equals(Buffer.from('\ufeff')) ? whole.subarray(3) : whole;
        const ended = text.length > 0 && text.at(-1) !== 10 ? Buffer.concat([text, Buffer.from('\n')]) : text;
        const got = Buffer.concat(seen);
        expect(got.equals(ended) || got.equals(text)).toBe(true);
      }),
    );
  });
});

async function* feed(pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

function nextOf(numbers: Iterator<number>): number {
  const next = numbers.next();
  return next.done === true ? 0 : next.value;
}
