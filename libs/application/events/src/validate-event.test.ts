import { describe, expect, it, test } from '@jest/globals';
import { createMemoryObjectStore } from '@data-master/testing';
import { formatSchemaKey, maxEventBytes, openSchemaRepository, parseSchemaFile, parseSchemaKey, publishSchemas, readSchemas, validateEvent } from './index.ts';
import { readOwnSchemas, reviewPosted } from './testing/schemas.ts';

const repository = openSchemaRepository(readOwnSchemas());

describe('an event is valid', () => {
  test.each([
    ['by the version that it names', reviewPosted(), 1],
    ['by a newer version', reviewPosted({ version: 2, channel: 'app' }), 2],
  ])('%s', (_title, event, version) => {
    const expected = { outcome: 'valid', event, schema: { event: 'review_posted', version } };
    expect(validateEvent(JSON.stringify(event), repository)).toEqual(expected);
    expect(validateEvent(Buffer.from(JSON.stringify(event)), repository)).toEqual(expected);
  });
});

describe('an event is invalid', () => {
  test.each<[string, string | Uint8Array, object[]]>([
    ['that is larger than the bound', Buffer.alloc(10 * 2 ** 20), [{ path: '', rule: 'size', actual: '10485760 bytes', expected: `at most ${maxEventBytes} bytes` }]],
    ['that is no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), [{ path: '', rule: 'encoding', actual: '3 bytes that are no UTF-8', expected: 'UTF-8' }]],
    ['that breaks off', '{"event":', [{ path: '', rule: 'syntax', actual: 'Unexpected end of JSON input', expected: 'JSON' }]],
    ['that is no object', '[1]', [{ path: '', rule: 'type', actual: 'array of 1 items', expected: 'object' }]],
    ['that is nested without end', '['.repeat(500_000) + ']'.repeat(500_000), [{ path: '', rule: 'type', actual: 'array of 1 items', expected: 'object' }]],
    ['without a name', '{}', [{ path: '/event', rule: 'event', actual: 'nothing', expected: 'one of "review_posted"' }]],
    ['that nobody knows', '{"event":"toString","version":1}', [{ path: '/event', rule: 'event', actual: '"toString"', expected: 'one of "review_posted"' }]],
    ['of an unknown version', JSON.stringify(reviewPosted({ version: 3 })), [{ path: '/version', rule: 'version', actual: '3', expected: 'one of 1, 2' }]],
    ['of a version in text', JSON.stringify(reviewPosted({ version: '1' })), [{ path: '/version', rule: 'version', actual: '"1"', expected: 'one of 1, 2' }]],
    ['with a field of a newer version', JSON.stringify(reviewPosted({ channel: 'web' })), [{ path: '/channel', rule: 'additionalProperties', actual: '"web"', expected: 'no such field' }]],
    [
      'that breaks several rules, with each of them',
      JSON.stringify(reviewPosted({ occurred_at: 'yesterday', review: { review_id: '1', brewery_id: 2, beer_id: 0, profile_id: 4, review_overall: 4.2 } })),
      [
        { path: '/occurred_at', rule: 'format', actual: '"yesterday"', expected: 'text of the format date-time' },
        { path: '/review/review_id', rule: 'type', actual: '"1"', expected: 'integer' },
        { path: '/review/beer_id', rule: 'minimum', actual: '0', expected: 'at least 1' },
        { path: '/review/review_overall', rule: 'multipleOf', actual: '4.2', expected: 'a multiple of 0.5' },
      ],
    ],
  ])('%s', (_title, input, violations) => {
    expect(validateEvent(input, repository)).toEqual({ outcome: 'invalid', violations });
  });

  it('when there are no schemas', () => {
    expect(validateEvent('{"event":"a"}', openSchemaRepository([]))).toMatchObject({ violations: [{ expected: 'one of no events: the repository is empty' }] });
  });

  it('exactly beyond the bound', () => {
    const padded = (sizeBytes: number): string => JSON.stringify(reviewPosted()).padEnd(sizeBytes, ' ');
    expect(validateEvent(padded(maxEventBytes), repository).outcome).toBe('valid');
    expect(validateEvent(padded(maxEventBytes + 1), repository).outcome).toBe('invalid');
  });
});

describe('a repository', () => {
  it('is read from a store', async () => {
    const store = createMemoryObjectStore();
    for (const { event, version, schema } of readOwnSchemas()) await store.write(`schemas/${formatSchemaKey({ event, version })}`, Buffer.from(JSON.stringify(schema)));
    expect(openSchemaRepository(await readSchemas(store)).versions('review_posted')).toEqual([1, 2]);
  });

  it('takes new versions and no other schema for one that it has', async () => {
    const store = createMemoryObjectStore();
    const [first, second] = readOwnSchemas().sort((a, b) => a.version - b.version);
    for (const sources of [[first!], [first!, second!]]) await publishSchemas(sources, store);
    expect(await readSchemas(store)).toEqual([first, second]);
    const changed = { ...second!, schema: { ...(second!.schema as object), title: 'other' } };
    await expect(publishSchemas([changed], store)).rejects.toThrow('schema review_posted/2.json is not the one that was published; expected the same, as events were written by it; add the change as version 3');
    await expect(publishSchemas([{ event: 'a', version: 1, schema: {} }], store)).rejects.toThrow('a/1.json: /$schema is nothing');
    expect(await readSchemas(store)).toHaveLength(2);
  });

  it('names the schema that cannot be used, or is given twice', () => {
    const [source] = readOwnSchemas();
    expect(() => openSchemaRepository([{ event: 'a', version: 3, schema: {} }])).toThrow('a/3.json: /$schema is nothing');
    expect(() => openSchemaRepository([source!, source!])).toThrow('schema review_posted version 1 is given twice; expected once; remove one');
  });

  it('refuses files that are no schemas', () => {
    expect(() => parseSchemaFile('review_posted/01.json', '{}')).toThrow('expected <event>/<version>.json');
    expect(() => parseSchemaFile('review_posted/1.json', '{')).toThrow('schema file review_posted/1.json is no JSON');
    expect(parseSchemaKey('../1.json')).toBeUndefined();
  });
});
