import { describe, expect, it, test } from '@jest/globals';
import { compileSchema, maxViolations, SchemaError } from './index.ts';
import { eventSchema } from './testing/schemas.ts';

function problemsOf(schema: unknown): string[] {
  try {
    compileSchema(schema);
  } catch (error) {
    if (error instanceof SchemaError) return error.problems.map(({ path, actual, expected }) => `${path}: ${actual}; ${expected}`);
    throw error;
  }
  return [];
}

describe('a schema is refused', () => {
  test.each<[string, unknown, string]>([
    ['that is no object', [], ': array of 0 items; a JSON object'],
    ['of another dialect', eventSchema({}, { $schema: 'https://json-schema.org/draft/2020-12/schema' }), '/$schema: "https://json-schema.org/draft/2020-12/schema"; "http://json-schema.org/draft-07/schema#"'],
    ['with a delivery that nobody does', eventSchema({}, { 'x-delivery': 'csv' }), '/x-delivery: "csv"; one of avro, json'],
    ['without a declared compatibility', eventSchema({}, { 'x-compatibility': undefined }), '/x-compatibility: nothing; one of backward, forward, full'],
    ['that takes unknown fields', eventSchema({}, { additionalProperties: undefined }), '/additionalProperties: nothing; false'],
    ['with an inner object that takes unknown fields', eventSchema({ a: { type: ['object', 'null'], additionalProperties: true } }), '/properties/a/additionalProperties: true; false'],
    ['with a reference to the network', eventSchema({ a: { $ref: 'https://example.com/a.json' } }), '/properties/a/$ref: "https://example.com/a.json"; a pointer into the same schema, as "#/definitions/id"'],
    ['with a reference to nothing', eventSchema({ a: { $ref: '#/definitions/a' } }), '/properties/a/$ref: "#/definitions/a"; a pointer to a schema'],
    ['with a member of every object for a definition', eventSchema({ a: { $ref: '#/definitions/constructor' } }, { definitions: {} }), '/properties/a/$ref: "#/definitions/constructor"; a pointer to a schema'],
    ['with a reference to itself', eventSchema({}, { definitions: { a: { $ref: '#/definitions/a' } } }), '/definitions/a/$ref: "#/definitions/a"; a reference that ends, not one that comes back to itself without a step into the event'],
    ['with a circle of references', eventSchema({}, { definitions: { a: { allOf: [{ $ref: '#/definitions/b' }] }, b: { $ref: '#/definitions/a' } } }), '/definitions/a/allOf/0/$ref: "#/definitions/b"; a reference that ends, not one that comes back to itself without a step into the event'],
    ['with an unknown keyword', eventSchema({ a: { type: 'string', maxlength: 3 } }), ': refused (strict mode: unknown keyword: "maxlength"); JSON Schema draft-07 in strict mode'],
    ['with an unknown format', eventSchema({ a: { type: 'string', format: 'beer' } }), ': refused (unknown format "beer" ignored in schema at path "#/properties/a"); JSON Schema draft-07 in strict mode'],
    ['that requires what it does not know', eventSchema({}, { required: ['a'] }), ': refused (strict mode: required property "a" is not defined at "#" (strictRequired)); JSON Schema draft-07 in strict mode'],
  ])('%s', (_title, schema, problem) => {
    expect(problemsOf(schema)).toContain(problem);
  });

  it('with all its problems at once and in one message', () => {
    const schema = { type: 'array' };
    expect(problemsOf(schema)).toHaveLength(3);
    expect(() => compileSchema(schema)).toThrow(/^schema: \/\$schema is nothing; expected .*; name the dialect\. .*\/type is "array"; expected "object"; /);
  });
});

describe('a compiled schema', () => {
  const tree = eventSchema({ child: { $ref: '#' }, name: { type: 'string' } });
  const nested = (levels: number): unknown => JSON.parse('{"child":'.repeat(levels) + '{}' + '}'.repeat(levels));

  it('that refers to itself takes events of bounded depth', () => {
    expect(compileSchema(tree)(nested(64))).toEqual([]);
    expect(compileSchema(tree)(nested(65))).toEqual([{ path: '', rule: 'depth', actual: 'more than 64 levels', expected: 'at most 64 levels of nesting' }]);
    expect(compileSchema(tree)(nested(100_000))).toHaveLength(1);
  });

  it('that compares whole items takes events of bounded depth', () => {
    const deep = (): unknown => JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
    const check = compileSchema(eventSchema({ l: { type: 'array', uniqueItems: true } }));
    expect(check({ l: [deep(), deep()] })).toMatchObject([{ rule: 'depth' }]);
    expect(check({ l: [[1], [1]] })).toMatchObject([{ path: '/l', rule: 'uniqueItems' }]);
  });

  it('leaves the value as it is: no default, no conversion', () => {
    const check = compileSchema(eventSchema({ a: { type: 'integer', default: 7 }, b: { type: 'integer' } }));
    const value = { b: '1' };
    expect(check(value)).toEqual([{ path: '/b', rule: 'type', actual: '"1"', expected: 'integer' }]);
    expect(value).toEqual({ b: '1' });
  });

  it('tells every violated rule with its place, the actual value and the expected one', () => {
    const check = compileSchema(eventSchema({
      'a/b': { type: 'string', maxLength: 2 }, n: { type: ['number', 'null'], exclusiveMinimum: 0 }, c: { enum: ['x', 'y'] }, l: { type: 'array', items: { type: 'string', pattern: '^a' }, minItems: 3 }, must: {}, k: { const: 1 }, at: { type: 'string', format: 'date-time' },
    }, { required: ['must'] }));
    expect(check({ 'a/b': 'long', n: 0, c: 'z', l: ['a', 'b'], k: 2, at: 'now', constructor: { x: 1 } })).toEqual([
      { path: '/must', rule: 'required', actual: 'nothing', expected: 'a value' },
      { path: '/constructor', rule: 'additionalProperties', actual: 'object with 1 fields', expected: 'no such field' },
      { path: '/a~1b', rule: 'maxLength', actual: '4 characters', expected: 'at most 2 characters' },
      { path: '/n', rule: 'exclusiveMinimum', actual: '0', expected: 'more than 0' },
      { path: '/c', rule: 'enum', actual: '"z"', expected: 'one of "x", "y"' },
      { path: '/l', rule: 'minItems', actual: 'array of 2 items', expected: 'at least 3' },
      { path: '/l/1', rule: 'pattern', actual: '"b"', expected: 'text that matches ^a' },
      { path: '/k', rule: 'const', actual: '2', expected: '1' },
      { path: '/at', rule: 'format', actual: '"now"', expected: 'text of the format date-time' },
    ]);
  });

  it('describes a bounded number of violations and counts the rest', () => {
    const check = compileSchema(eventSchema({ l: { type: 'array', items: { type: 'string' } } }));
    const violations = check({ l: Array.from({ length: maxViolations + 5 }, () => 1) });
    expect(violations).toHaveLength(maxViolations + 1);
    expect(violations.at(-1)).toEqual({ path: '', rule: 'violations', actual: '1005 violations', expected: 'none; the first 1000 are described' });
  });
});
