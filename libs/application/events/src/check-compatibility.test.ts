import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { Ajv } from 'ajv';
import { checkCompatibility, checkSchemas, compileSchema } from './index.ts';
import { eventSchema, readOwnSchemas } from './testing/schemas.ts';

const field = (schema: unknown, more: Readonly<Record<string, unknown>> = {}) => eventSchema({ a: schema }, more);
const findingsOf = (older: object, newer: object, mode: 'backward' | 'forward' | 'full') =>
  checkCompatibility(older as Record<string, unknown>, newer as Record<string, unknown>, mode).map(({ direction, path, rule, actual, expected }) => `${direction} ${path} ${rule}: ${actual}; ${expected}`);

describe('a newer version is', () => {
  const narrow = { type: 'integer', minimum: 1, maximum: 5 };
  const wide = { type: ['number', 'null'], minimum: 0 };
  const tree = eventSchema({ child: { $ref: '#' } });

  test.each<[string, object, object, string[], string[]]>([
    ['the same', field(narrow), field(narrow), [], []],
    ['a new optional field', eventSchema({}), field({ type: 'string' }), [], ['forward /a additionalProperties: no such field; a known field']],
    ['a new required field', eventSchema({}), field({}, { required: ['a'] }), ['backward /a required: required; optional or unknown'], ['forward /a additionalProperties: no such field; a known field']],
    ['a field removed', field({}), eventSchema({}), ['backward /a additionalProperties: no such field; a known field'], []],
    ['a field no longer required', field({}, { required: ['a'] }), field({}), [], ['forward /a required: required; optional or unknown']],
    ['a type widened', field({ type: 'integer' }), field({ type: 'number' }), [], ['forward /a type: integer; number']],
    ['a type, its bounds and null widened', field(narrow), field(wide), [], ['forward /a type: integer; number or null', 'forward /a minimum: 1; 0', 'forward /a maximum: 5; no such rule']],
    ['another type', field({ type: 'string' }), field({ type: 'integer' }), ['backward /a type: integer; string'], ['forward /a type: string; integer']],
    ['a value more', field({ enum: ['x'] }), field({ enum: ['x', 'y'] }), [], ['forward /a enum: one of "x"; "y" too']],
    ['values for a type', field({ type: 'string' }), field({ type: 'string', enum: ['x'] }), ['backward /a enum: one of "x"; any value'], []],
    ['an exclusive bound', field({ type: 'number', minimum: 1 }), field({ type: 'number', exclusiveMinimum: 1 }), ['backward /a exclusiveMinimum: 1; 1'], []],
    ['a finer step', field({ type: 'number', multipleOf: 1 }), field({ type: 'number', multipleOf: 0.5 }), [], ['forward /a multipleOf: 1; 0.5']],
    ['another pattern', field({ type: 'string', pattern: 'a' }), field({ type: 'string', pattern: 'b' }), ['backward /a pattern: "b"; "a"'], ['forward /a pattern: "a"; "b"']],
    ['items narrowed', field({ type: 'array', items: {} }), field({ type: 'array', items: { type: 'string' }, uniqueItems: true }), ['backward /a uniqueItems: true; no such rule', 'backward /a/* type: string; any type'], []],
    ['a rule of alternatives', field({ type: 'string' }), field({ type: 'string', anyOf: [{ minLength: 2 }] }), ['backward /a anyOf: a rule that cannot be compared; no such rule'], []],
    ['a definition narrowed behind the same reference', field({ $ref: '#/definitions/d' }, { definitions: { d: { type: 'number' } } }), field({ $ref: '#/definitions/d' }, { definitions: { d: { type: 'integer' } } }), ['backward /a type: integer; number'], []],
    ['one that refers to itself, with a field more', tree, eventSchema({ child: { $ref: '#' }, a: {} }), [], ['forward /a additionalProperties: no such field; a known field']],
  ])('%s', (_title, older, newer, backward, forward) => {
    expect(findingsOf(older, newer, 'backward')).toEqual(backward);
    expect(findingsOf(older, newer, 'forward')).toEqual(forward);
    expect(findingsOf(older, newer, 'full')).toEqual([...backward, ...forward]);
  });
});

const scalar = fc.oneof(
  fc.constantFrom({ type: 'null' }, { type: 'boolean' }, { const: 1 }, { enum: [0, 'x', null] }, { enum: [0, 'x'] }, { type: ['integer', 'null'] }, {}),
  fc.record({ type: fc.constantFrom('integer', 'number'), minimum: fc.integer({ min: -1, max: 1 }), exclusiveMaximum: fc.integer({ min: 1, max: 3 }), multipleOf: fc.constantFrom(0.5, 1) }, { requiredKeys: [] }),
  fc.record({ type: fc.constant('string'), minLength: fc.integer({ min: 0, max: 2 }), maxLength: fc.integer({ min: 0, max: 2 }), pattern: fc.constantFrom('x', '^y') }, { requiredKeys: ['type'] }),
);
const { node: anySchema } = fc.letrec<{ node: object }>((tie) => ({
  node: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar,
    fc.record({ type: fc.constant('array'), items: tie('node'), minItems: fc.integer({ min: 0, max: 2 }), maxItems: fc.integer({ min: 0, max: 2 }) }, { requiredKeys: ['type'] }),
    fc.record({ type: fc.constant('object'), properties: fc.dictionary(fc.constantFrom('a', 'b'), tie('node')), required: fc.subarray(['a', 'b']), additionalProperties: fc.oneof(fc.boolean(), tie('node')) }, { requiredKeys: ['type'] })),
}));
const values = [null, true, 0, 1, 2, 0.5, -1, '', 'x', 'y', 'xyz'];
const lists = [[], ...values.map((value) => [value]), [1, 'x'], [null, null, null]];
const anyEvent = [...values, ...lists, ...lists.map((list) => [list]), {}, ...[...values, ...lists].flatMap((value) => [{ a: value }, { b: value }, { a: value, b: 1 }, { c: value }, [{ a: value }], { a: { a: value } }])];

/** A schema and another one, or itself with some rules gone and some bounds moved. */
const anyVersions = fc.oneof(
  { weight: 1, arbitrary: fc.tuple(anySchema, anySchema) },
  { weight: 3, arbitrary: fc.tuple(anySchema, fc.subarray(['type', 'minimum', 'multipleOf', 'minLength', 'pattern', 'items', 'required', 'additionalProperties', 'properties', 'a']), fc.constantFrom(0, 0, 1, -1), fc.boolean()).map(([schema, dropped, step, isReversed]) => {
    const change = (key: string, value: unknown): unknown => (dropped.includes(key) ? undefined : typeof value === 'number' && /^m(in|ax)/.test(key) ? Math.max(value + step, 0) : value);
    const changed = JSON.parse(JSON.stringify(schema, change)) as object;
    return isReversed ? [changed, schema] : [schema, changed];
  }) },
);

it('a version without findings accepts every event that the one before accepts', () => {
  const ajv = new Ajv({ strict: false, logger: false });
  let accepted = 0;
  fc.assert(fc.property(anyVersions, ([older, newer]) => {
    if (checkCompatibility(older as Record<string, unknown>, newer as Record<string, unknown>, 'backward').length > 0) return;
    const [writes, reads] = [ajv.compile(older), ajv.compile(newer)];
    for (const value of anyEvent) {
      if (!writes(value)) continue;
      accepted += 1;
      if (!reads(value)) throw new Error(`${JSON.stringify(value)} is accepted by the older version only`);
    }
  }), { numRuns: 1_500 });
  expect(accepted).toBeGreaterThan(5_000);
});

it('a schema is compatible with itself in every mode', () => {
  fc.assert(fc.property(anySchema, (schema) => {
    expect(checkCompatibility(schema as Record<string, unknown>, structuredClone(schema) as Record<string, unknown>, 'full')).toEqual([]);
  }));
});

describe('the schemas of this repository', () => {
  it('compile and keep what they declare', () => {
    const reports = checkSchemas(readOwnSchemas());
    expect(reports.map(({ event, version, previous }) => [event, version, previous])).toEqual([['review_posted', 1, undefined], ['review_posted', 2, 1]]);
    expect(reports.flatMap(({ problems, incompatibilities }) => [...problems, ...incompatibilities])).toEqual([]);
  });

  it('would be told of a version that breaks its promise, and of one that cannot be used', () => {
    const schemas = [...readOwnSchemas(), { event: 'review_posted', version: 3, schema: { ...field({}), 'x-delivery': 'json' } }, { event: 'review_posted', version: 4, schema: {} }];
    const [, , third, fourth] = checkSchemas(schemas);
    expect(third).toMatchObject({ previous: 2, delivery: 'json', problems: [] });
    expect(checkSchemas([{ event: 'review_posted', version: 1, schema: field({}) }])).toMatchObject([{ delivery: 'avro', problems: [{ path: '/x-delivery', remedy: 'declare "x-delivery": "json"' }] }]);
    expect(third?.incompatibilities).toHaveLength(6);
    expect(fourth).toMatchObject({ previous: 3, incompatibilities: [], problems: [{ path: '/$schema' }, { path: '/x-compatibility' }, { path: '/type' }] });
    expect(() => compileSchema(schemas.at(-1)?.schema)).toThrow('is nothing');
  });
});
