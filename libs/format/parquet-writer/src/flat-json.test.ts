import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { readFlatJson } from './flat-json.ts';

describe('a flat JSON object', () => {
  test('is read as JSON.parse reads it', () => {
    const scalar = fc.oneof(fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.boolean(), fc.constant(null));
    const nested = fc.oneof(fc.array(scalar), fc.dictionary(fc.string(), scalar));
    const name = fc.string({ unit: 'binary', maxLength: 6 }).map((text) => text.toWellFormed());
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, fc.oneof({ arbitrary: scalar, weight: 5 }, nested)), { selector: ([each]) => each }), fc.boolean(), (entries, spaced) => {
        const separator = spaced ? '\t ' : '';
        const text = `${separator}{${separator}${entries.map(([key, value]) => `${JSON.stringify(key)}${separator}:${separator}${JSON.stringify(value)}${separator}`).join(`,${separator}`)}}\r`;
        const fields = readFlatJson(text);
        if (typeof fields === 'string') throw new Error(`${fields}: ${text}`);
        const values = [...fields].map(([key, field]) => [key, field.text === null ? null : field.kind === 'string' ? field.text : (JSON.parse(field.text) as unknown)]);
        expect(values).toEqual(entries.map(([key, value]) => [key, JSON.parse(JSON.stringify(value)) as unknown]));
      }),
    );
  });

  test('is refused where JSON.parse refuses it, and never where it is flat and JSON.parse takes it', () => {
    const text = fc.string({ unit: fc.constantFrom('{', '}', '"', 'a', ':', ',', '1', '-', '.', 'e', '0', '\\', 'u', ' ', '[', ']', 'null', 'true'), maxLength: 14 }).map((inner) => `{"k":${inner}}`);
    fc.assert(
      fc.property(text, (each) => {
        let expected: unknown;
        try {
          expected = JSON.parse(each);
        } catch {
          expected = undefined;
        }
        const repeated = readFlatJson(each) === 'a field stands twice in the JSON object, expected each once';
        if (!repeated) expect(typeof readFlatJson(each) === 'object').toBe(expected !== undefined);
      }),
      { numRuns: 3000 },
    );
  });

  test('keeps every digit of a number', () => {
    const fields = readFlatJson('{"a":9007199254740993,"b":-0.10000000000000000000001,"c":1E+400}');
    expect(fields instanceof Map && [...fields.values()].map(({ text }) => text)).toEqual(['9007199254740993', '-0.10000000000000000000001', '1E+400']);
  });

  test.each([
    ['', 'the line is not JSON, expected a JSON object'],
    ['{"a":1', 'the line is not JSON, expected a JSON object'],
    ['{"a":1,}', 'the line is not JSON, expected a JSON object'],
    ['{"a":01}', 'the line is not JSON, expected a JSON object'],
    ['{"a":"\u0001"}', 'the line is not JSON, expected a JSON object'],
    ['{"a":[}', 'the line is not JSON, expected a JSON object'],
    ['[{}]', 'the line is no JSON object, expected one'],
    ['7', 'the line is a JSON scalar, expected a JSON object'],
    ['{"a":1,"a":1}', 'a field stands twice in the JSON object, expected each once'],
    ['{"\\udc00":1}', 'the name of a field is not well-formed Unicode, expected no lone surrogates'],
  ])('%j is refused', (text, reason) => {
    expect(readFlatJson(text)).toBe(reason);
  });

  test('may be empty', () => {
    expect(readFlatJson(' { } ')).toEqual(new Map());
  });
});
