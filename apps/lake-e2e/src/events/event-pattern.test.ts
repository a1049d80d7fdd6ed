import { describe, expect, it } from '@jest/globals';
import type { Json, JsonObject } from '../template/json.ts';
import { matchesPattern } from './event-pattern.ts';
import { applyInputTemplate } from './input-template.ts';

const event = { source: 'aws.s3', detail: { bucket: { name: 'stage' }, object: { key: 'raw/beer/a.gz', size: 7 }, tags: ['x', 'y'] } };

it.each<[string, JsonObject, boolean]>([
  ['an exact value', { source: ['aws.s3'] }, true],
  ['one of several values', { source: ['aws.sqs', 'aws.s3'] }, true],
  ['another value', { source: ['aws.sqs'] }, false],
  ['a nested field and a prefix', { detail: { bucket: { name: ['stage'] }, object: { key: [{ prefix: 'raw/' }] } } }, true],
  ['a prefix that is not there', { detail: { object: { key: [{ prefix: 'bronze/' }] } } }, false],
  ['a suffix', { detail: { object: { key: [{ suffix: '.gz' }] } } }, true],
  ['a field that is missing', { detail: { reason: ['PutObject'] } }, false],
  ['a field that must be missing', { detail: { reason: [{ exists: false }] } }, true],
  ['anything but a value', { detail: { bucket: { name: [{ 'anything-but': 'lake' }] } } }, true],
  ['anything but a prefix', { detail: { object: { key: [{ 'anything-but': { prefix: 'raw/' } }] } } }, false],
  ['a range', { detail: { object: { size: [{ numeric: ['>', 0, '<=', 7] }] } } }, true],
  ['a range that is missed', { detail: { object: { size: [{ numeric: ['>', 7] }] } } }, false],
  ['one element of a list', { detail: { tags: ['y'] } }, true],
])('a pattern with %s', (_name, pattern, expected) => {
  expect(matchesPattern(pattern, event)).toBe(expected);
});

it.each<[string, JsonObject]>([
  ['a filter that is not known', { source: [{ wildcard: 'aws.*' }] }],
  ['a value outside of a list', { source: 'aws.s3' }],
  ['an alternative over fields', { $or: [{ source: ['aws.s3'] }] }],
])('%s is refused', (_name, pattern) => {
  expect(() => matchesPattern(pattern, event)).toThrow(/expected/);
});

describe('an input template', () => {
  it.each<[string, string, Json]>([
    ['puts texts into quotes', '{"key": "<$.detail.object.key>", "at": "s3://<$.detail.bucket.name>/<$.detail.object.key>"}', { key: 'raw/beer/a.gz', at: 's3://stage/raw/beer/a.gz' }],
    ['quotes texts that stand alone', '{"key": <$.detail.object.key>}', { key: 'raw/beer/a.gz' }],
    ['keeps numbers and objects', '{"size": <$.detail.object.size>, "bucket": <$.detail.bucket>}', { size: 7, bucket: { name: 'stage' } }],
  ])('%s', (_name, template, expected) => {
    expect(applyInputTemplate(template, event)).toEqual(expected);
  });

  it('escapes what would end a quoted text', () => {
    expect(applyInputTemplate('{"key": "<$.key>"}', { key: 'a "quoted" \\ name' })).toEqual({ key: 'a "quoted" \\ name' });
  });

  it('that asks for what is not there is refused', () => {
    expect(() => applyInputTemplate('{"id": <$.dynamodb.NewImage.id.S>}', event)).toThrow('input template asks for $.dynamodb.NewImage.id.S');
  });
});
