import { describe, expect, it, test } from '@jest/globals';
import { beerLake } from '@data-master/beer-lake';
import { defineTable, type ColumnDefinitions } from '@data-master/table-contracts';
import { checkEventTable } from './index.ts';
import { eventSchema, readOwnSchemas } from './testing/schemas.ts';

it('finds a table for the newest schema of every event of this repository, and that the two agree', () => {
  const newest = new Map(readOwnSchemas().sort((a, b) => a.version - b.version).map(({ event, schema }) => [event, schema as Record<string, unknown>]));
  for (const [event, schema] of newest) {
    const table = beerLake.tables.find(({ name }) => name === event);
    expect([event, table && checkEventTable(schema, table)]).toEqual([event, []]);
  }
});

const event = eventSchema({
  id: { type: 'string' }, at: { type: 'string', format: 'date-time' },
  inner: { type: 'object', additionalProperties: false, required: ['score'], properties: { score: { type: 'number', minimum: 0, maximum: 5, multipleOf: 0.5 }, note: { $ref: '#/definitions/note' } } },
}, { required: ['id', 'at', 'inner'], definitions: { note: { type: ['string', 'null'] } } });
const doc = 'd';
const columns = {
  id: { id: 1, type: 'string', required: true, doc }, at: { id: 2, type: 'timestamp', required: true, doc },
  score: { id: 3, type: 'decimal(2,1)', required: true, path: 'inner.score', doc }, note: { id: 4, type: 'string', path: 'inner.note', doc },
} satisfies ColumnDefinitions;
const problemsOf = (changes: ColumnDefinitions, without?: string, schema: Record<string, unknown> = event) => {
  const changed = Object.fromEntries(Object.entries<ColumnDefinitions[string]>({ ...columns, ...changes }).filter(([name]) => name !== without));
  return checkEventTable(schema, defineTable({ name: 't', doc, schemaVersion: 1, primaryKey: ['id'], columns: changed, quality: [] })).map(({ path, actual, expected }) => `${path} is ${actual}; expected ${expected}`);
};

describe('a table', () => {
  test.each<[string, string[], string[]]>([
    ['that has a column for each value is the event’s', problemsOf({}), []],
    ['that lacks one', problemsOf({}, 'note'), ['/inner/note is no column of t; expected a column of the type string']],
    ['that has one too many', problemsOf({ more: { id: 5, type: 'string', path: 'inner.more', doc } }), ['/inner/more is column more of t; expected a field of the event']],
    ['whose column has another type', problemsOf({ at: { id: 2, type: 'long', doc } }), ['/at is column at of the type long; expected a column of the type timestamp or string']],
    ['whose decimal has too few digits', problemsOf({ score: { id: 3, type: 'decimal(1,1)', path: 'inner.score', doc } }), ['/inner/score is column score of the type decimal(1,1); expected a column of the type double']],
    ['whose column asks for what an event may lack', problemsOf({ note: { ...columns.note, required: true } }), ['/inner/note is column note, which is required; expected an optional one, as events may lack the value']],
  ])('%s', (_title, problems, expected) => {
    expect(problems).toEqual(expected);
  });

  test.each<[string, unknown]>([['a list', { type: 'array', items: { type: 'string' } }], ['several types', { type: ['string', 'integer'] }], ['the event again', { $ref: '#' }]])('has no column for %s', (_title, schema) => {
    expect(problemsOf({}, undefined, { ...event, properties: { ...event.properties, more: schema } })).toEqual(['/more is no column of t; expected a value that one column holds: text, a number or a boolean']);
  });
});
