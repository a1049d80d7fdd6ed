import { describe, expect, it, test } from '@jest/globals';
import { avroSchemaOf } from './index.ts';
import { eventSchema, readOwnSchemas } from './testing/schemas.ts';

const fieldOf = (schema: unknown, definitions: object = {}) => avroSchemaOf(eventSchema({ a: schema }, { required: ['a'], definitions }), 'e').fields[0]?.type;

it('gives the record of an event of this repository', () => {
  const { schema } = readOwnSchemas().find(({ version }) => version === 2)!;
  const score = (name: string) => ({ name, type: ['null', 'double'], default: null });
  expect(avroSchemaOf(schema as Record<string, unknown>, 'review_posted')).toEqual({
    type: 'record', name: 'review_posted', doc: 'An account posted a review of a beer', fields: [
      { name: 'event', type: 'string' }, { name: 'version', type: 'long' }, { name: 'event_id', type: 'string' }, { name: 'occurred_at', type: 'string' },
      { name: 'channel', doc: 'Where the review was written', type: ['null', 'string'], default: null },
      { name: 'review', type: { type: 'record', name: 'review_posted_review', fields: [
        { name: 'review_id', type: 'long' }, { name: 'brewery_id', type: 'long' }, { name: 'beer_id', type: 'long' }, { name: 'profile_id', type: 'long' }, { name: 'review_overall', type: 'double' },
        score('review_aroma'), score('review_appearance'), score('review_palate'), score('review_taste'),
        { name: 'serving', doc: 'How the beer was served', type: ['null', 'string'], default: null },
      ] } },
    ],
  });
});

describe('a field becomes', () => {
  const leaf = { type: 'object', properties: { b: { type: 'boolean' } }, required: ['b'], additionalProperties: false };
  const leafRecord = (name: string) => ({ type: 'record', name, fields: [{ name: 'b', type: 'boolean' }] });
  test.each<[string, unknown, unknown]>([
    ['a union for several types, null first', { type: ['string', 'integer', 'null'] }, ['null', 'string', 'long']],
    ['a double for any number', { type: ['integer', 'number'] }, 'double'],
    ['the type of its values', { enum: ['x', null] }, ['null', 'string']],
    ['an array of records', { type: 'array', items: leaf }, { type: 'array', items: leafRecord('e_a_item') }],
    ['the record of a definition', { $ref: '#/definitions/leaf' }, leafRecord('e_leaf')],
    ['the event again', { type: 'array', items: { $ref: '#' } }, { type: 'array', items: 'e' }],
  ])('%s', (_title, schema, type) => {
    expect(fieldOf(schema, { leaf })).toEqual(type);
  });

  it('a name where its definition was used before', () => {
    const { fields } = avroSchemaOf(eventSchema({ a: { $ref: '#/definitions/leaf' }, b: { $ref: '#/definitions/leaf' } }, { definitions: { leaf }, required: ['a'] }), 'e');
    expect(fields.map(({ type }) => type)).toEqual([leafRecord('e_leaf'), ['null', 'e_leaf']]);
  });

  it('a record of another name where a name is taken', () => {
    const inner = { ...leaf, properties: { b: { ...leaf } } };
    const { fields } = avroSchemaOf(eventSchema({ a: inner, a_b: leaf }, { required: ['a', 'a_b'] }), 'e');
    expect(fields[1]?.type).toMatchObject({ name: 'e_a_b_2' });
  });
});

describe('what has no one type in Avro is refused', () => {
  test.each<[string, unknown, string]>([
    ['alternatives', { anyOf: [{ type: 'string' }] }, 'e_a is a value without a type, which has no one type in Avro; expected type, const or enum'],
    ['anything', true, 'e_a is true, which has no one type in Avro'],
    ['an object by its value', { const: { b: 1 } }, 'e_a is an object without a list of its fields'],
    ['fields by pattern', { type: 'object', patternProperties: { '^b': {} } }, 'e_a is an object without a list of its fields'],
    ['a tuple', { type: 'array', items: [{ type: 'string' }] }, 'e_a is an array with items array of 1 items'],
    ['a name with other characters', { type: 'object', properties: { 'é': { type: 'string' } } }, 'name "é" is none in Avro; expected letters, digits and _'],
  ])('%s', (_title, schema, message) => {
    expect(() => fieldOf(schema)).toThrow(message);
  });
});
