import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runDm } from '../testing/run-dm.ts';

const own = join(import.meta.dirname, '../../../../schemas');
const review = { event: 'review_posted', version: 1, event_id: '3f0c6a3e-6d0f-4d4b-9a52-0a1f5a3c9b11', occurred_at: '2026-03-01T12:00:00Z', review: { review_id: 1, brewery_id: 2, beer_id: 3, profile_id: 4, review_overall: 4.5 } };
const invalid = { ...review, version: 2, channel: 'fax', author: '\u001b[31m' };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dm-events-'));
  await cp(own, join(folder, 'schemas'), { recursive: true });
  await writeFile(join(folder, 'valid.json'), JSON.stringify(review, null, 2));
  await writeFile(join(folder, 'mixed.ndjson.gz'), gzipSync(`${JSON.stringify(review)}\n\n${JSON.stringify(invalid)}\n{"event":\n${'x'.repeat(3_000_000)}\n`));
  for (const name of ['broken', 'changed', 'unlike']) await mkdir(join(folder, name, 'review_posted'), { recursive: true });
  const first = await readFile(join(own, 'review_posted/1.json'), 'utf8');
  await writeFile(join(folder, 'broken/review_posted/1.json'), first);
  await writeFile(join(folder, 'broken/review_posted/2.json'), first.replace('"maximum": 5', '"maximum": 4').replace('"occurred_at", ', ''));
  await writeFile(join(folder, 'broken/review_posted/3.json'), '{}');
  await writeFile(join(folder, 'changed/review_posted/1.json'), first.replace('"maximum": 5', '"maximum": 4'));
  await writeFile(join(folder, 'unlike/review_posted/1.json'), first.replace('"review_taste"', '"review_smell"'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const dm = (...args: string[]) => runDm(args, {}, folder);

describe('dm events validate', () => {
  test('takes one valid event from a .json', async () => {
    expect(await dm('events', 'validate', 'valid.json')).toEqual({ exitCode: 0, stdout: '1 events, all valid\n', stderr: '' });
  });

  test('tells every violated rule of every line with actual, expected and remedy, and ends with 1', async () => {
    const { exitCode, stdout } = await dm('events', 'validate', 'mixed.ndjson.gz');
    expect(stdout.split('\n')).toEqual([
      String.raw`line 3: /author is "\u001b[31m"; expected no such field (additionalProperties)`,
      'line 3: /channel is "fax"; expected one of "web", "app", "import" (enum)',
      'line 4: event is Unexpected end of JSON input; expected JSON (syntax)',
      'line 5: event is 3000000 bytes; expected at most 1000000 bytes (size)',
      '3 of 4 events are invalid; expected none; correct what sends them, or add a version to schemas',
      '',
    ]);
    expect(exitCode).toBe(1);
  });

  test('takes an empty .json for an event that breaks off', async () => {
    await writeFile(join(folder, 'empty.json'), '');
    const { exitCode, stdout } = await dm('events', 'validate', 'empty.json');
    expect(stdout).toContain('line 1: event is Unexpected end of JSON input; expected JSON (syntax)\n');
    expect(exitCode).toBe(1);
  });

  test('gives one object with --json', async () => {
    const { exitCode, stdout } = await dm('events', 'validate', 'mixed.ndjson.gz', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ file: 'mixed.ndjson.gz', valid: 1, invalid: 3, events: [{ line: 3, violations: [{ path: '/author' }, { path: '/channel', rule: 'enum', actual: '"fax"' }] }, { line: 4 }, { line: 5 }] });
    expect(exitCode).toBe(1);
  });

  test.each([
    ['a file that is not there', ['none.ndjson'], 'file none.ndjson cannot be read (ENOENT'],
    ['a file that is no gzip', ['plain.ndjson.gz'], 'file plain.ndjson.gz cannot be read (incorrect header check)'],
    ['a folder that is not there', ['valid.json', '--schemas', 'none'], 'folder of schemas none cannot be read (ENOENT'],
    ['schemas that cannot be used', ['valid.json', '--schemas', 'broken'], 'review_posted/3.json: /$schema is nothing; expected "http://json-schema.org/draft-07/schema#"; name the dialect'],
  ])('refuses %s', async (_title, parameters, message) => {
    await writeFile(join(folder, 'plain.ndjson.gz'), '{}');
    const { exitCode, stderr } = await dm('events', 'validate', ...parameters);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(1);
  });
});

describe('dm events send', () => {
  const environment = () => ({ DM_HOME: join(folder, 'home'), DM_KEYS: join(folder, 'keys') });
  const send = (...args: string[]) => runDm(['events', 'send', ...args], environment(), folder);

  test('brings valid events to silver, keeps the others with their reasons, and ends with 1', async () => {
    const { exitCode, stdout, stderr } = await send('mixed.ndjson.gz');
    expect(stdout).toMatch(/^4 events: 1 are in raw, 3 in quarantine, 0 on their way\. .*quarantine\/events\/ says why of each\.\n/);
    expect(stderr).toContain('line 5: event is 3000000 bytes; expected at most 1000000 bytes (size)');
    expect(stdout).toContain('Events: 0 on their way, 3 in quarantine, 3 dead letters.');
    expect(exitCode).toBe(1);
  });

  test('changes nothing when the event comes again, and gives one object with --json', async () => {
    const { exitCode, stdout } = await send('valid.json', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ file: 'valid.json', sent: 1, written: 1, refused: 0, events: { waiting: 0, dead: 3, quarantined: 3 }, tables: expect.arrayContaining([expect.objectContaining({ layer: 'silver', table: 'review_posted', rows: 1 })]) as unknown });
    expect(exitCode).toBe(0);
    expect(JSON.parse((await runDm(['status', '--json'], environment(), folder)).stdout)).toMatchObject({ events: { waiting: 0, dead: 3, quarantined: 3 } });
  });

  test('refuses another schema for a version that the lake has', async () => {
    const { exitCode, stderr } = await send('valid.json', '--schemas', 'changed');
    expect(stderr).toContain('schema review_posted/1.json is not the one that was published; expected the same, as events were written by it; add the change as version 2');
    expect(exitCode).toBe(1);
  });
});

describe('dm schemas check', () => {
  test('finds the schemas of this repository sound', async () => {
    const { exitCode, stdout } = await dm('schemas', 'check');
    expect(stdout).toMatch(/review_posted +1 +avro +sound\nreview_posted +2 +avro +1 +sound\n$/);
    expect(exitCode).toBe(0);
  });

  test('tells where events are unlike their table, and ends with 1', async () => {
    const { exitCode, stdout } = await dm('schemas', 'check', '--schemas', 'unlike');
    expect(stdout).toContain('review_posted/1.json: /review/review_smell is no column of review_posted; expected a column of the type double; add one to the table with path "review.review_smell"\n');
    expect(stdout).toContain('review_posted/1.json: /review/review_taste is column review_taste of review_posted; expected a field of the event; remove the column or correct its path\n');
    expect(exitCode).toBe(1);
  });

  test('tells what a version breaks, and what cannot be used, and ends with 1', async () => {
    const { exitCode, stdout } = await dm('schemas', 'check', '--schemas', 'broken');
    expect(stdout).toContain('review_posted/2.json: not backward compatible at /review/review_overall: version 2 has maximum 4; expected room for events of version 1, which have 5; loosen the rule, or make it a new event\n');
    expect(stdout).toContain('review_posted/3.json: /type is nothing; expected "object"; describe the whole event as an object\n');
    expect(stdout).not.toContain('occurred_at');
    expect(exitCode).toBe(1);
    const { schemas } = JSON.parse((await dm('--json', 'schemas', 'check', '--schemas', 'broken')).stdout) as { schemas: unknown[] };
    expect(schemas).toMatchObject([{ version: 1, problems: [] }, { version: 2, previous: 1, incompatibilities: [{ direction: 'backward', rule: 'maximum' }, {}, {}, {}, {}] }, { version: 3, problems: [{}, {}, {}] }]);
  });
});
