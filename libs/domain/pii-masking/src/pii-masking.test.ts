import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDuckDbEngine } from '@data-master/duckdb';
import { createPiiMasker, hmacSha256Hex, redactText, type TreatmentName } from './index.ts';

const treatments: TreatmentName[] = ['hash', 'sha256', 'mask', 'drop', 'redact', 'keep'];
const key = Buffer.alloc(32, 7);

/** Test cases 1 to 4, 6 and 7 of RFC 4231; case 5 is about a truncated output. */
const rfc4231: [key: Buffer, data: Buffer, digest: string][] = [
  [Buffer.alloc(20, 0x0b), Buffer.from('Hi There'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?'), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
  [Buffer.alloc(20, 0xaa), Buffer.alloc(50, 0xdd), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
  [Buffer.from(Array.from({ length: 25 }, (_, index) => index + 1)), Buffer.alloc(50, 0xcd), '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b'],
  [Buffer.alloc(131, 0xaa), Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'), '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54'],
  [Buffer.alloc(131, 0xaa), Buffer.from('This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.'), '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2'],
];

test.each(rfc4231)('HMAC-SHA-256 agrees with RFC 4231, case %#', (secret, data, digest) => {
  expect(hmacSha256Hex(secret, data)).toBe(digest);
});

describe('a masker', () => {
  const masker = createPiiMasker(key);

  test('treats a value as its column says', () => {
    expect(masker.treat('hash', 'me@example.org')).toBe(hmacSha256Hex(key, 'me@example.org'));
    expect(masker.treat('sha256', 'me@example.org')).toBe(createHash('sha256').update('me@example.org').digest('hex'));
    expect(masker.treat('mask', '😀 smiles')).toBe('😀****');
    expect(masker.treat('mask', '')).toBe('****');
    expect(masker.treat('drop', 'me')).toBeNull();
    expect(masker.treat('redact', 'http://me@example.org/beer')).toBe('http:<email>/beer');
    expect(masker.treat('keep', 'me')).toBe('me');
  });

  test.each(treatments)('leaves null as it is: %s', (treatment) => {
    expect(masker.treat(treatment, null)).toBeNull();
  });

  test('hides short values too', () => {
    expect(masker.treat('mask', 'a')).toBe('a****');
  });

  test('hashes differently with another key', () => {
    expect(createPiiMasker(Buffer.alloc(32, 8)).treat('hash', 'me')).not.toBe(masker.treat('hash', 'me'));
  });

  test('refuses a short key', () => {
    expect(() => createPiiMasker(Buffer.alloc(15))).toThrow('masking key has 15 bytes; expected at least 16');
  });

  test('keeps its key when the caller clears the bytes', () => {
    const bytes = Buffer.from(key);
    const own = createPiiMasker(bytes);
    bytes.fill(0);
    expect(own.treat('hash', 'me')).toBe(masker.treat('hash', 'me'));
  });
});

describe('SQL treats as the masker does', () => {
  let query: Awaited<ReturnType<typeof createDuckDbEngine>>;
  beforeAll(async () => {
    query = await createDuckDbEngine({ memoryLimitMb: 128, threads: 1, spillFolder: tmpdir() });
  });
  afterAll(() => query.close());

  async function treatBySql(secret: Uint8Array, values: (string | null)[]): Promise<unknown[]> {
    const masker = createPiiMasker(secret);
    return query.session(async (session) => {
      for (const [name, value] of Object.entries(masker.sqlVariables())) await session.setVariable(name, value);
      await session.setVariable('given', JSON.stringify(values));
      const columns = treatments.map((treatment) => `${masker.treatmentSql({ pii: { kind: 'other', treatment, reason: 'test' } }, 'value')} AS ${treatment}`);
      return session.rows(`SELECT ${columns.join(', ')} FROM (SELECT unnest(from_json(getvariable('given'), '["VARCHAR"]')) AS value)`);
    });
  }

  test('for any text, null among it', async () => {
    const anyText = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed().replaceAll('\0', ''));
    const manyAddresses = fc.string({ unit: fc.constantFrom('@', 'a', 'é', '語', '.', '-', '_', ' ', '\u00a0', '/', ':', '<', '"', '\'', '\\'), maxLength: 90 });
    const text = fc.oneof(anyText, manyAddresses);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text), { minLength: 1, maxLength: 30 }), fc.uint8Array({ minLength: 16, maxLength: 150 }), async (values, secret) => {
        const masker = createPiiMasker(secret);
        expect(await treatBySql(secret, values)).toEqual(values.map((value) => Object.fromEntries(treatments.map((treatment) => [treatment, masker.treat(treatment, value)]))));
      }),
      { numRuns: 60 },
    );
  });

  test('and the key is in no SQL', () => {
    const masker = createPiiMasker(Buffer.from('0123456789abcdef'));
    expect(masker.treatmentSql({ pii: { kind: 'email', treatment: 'hash' } }, 'x')).not.toContain('0123456789');
  });

  test('a column that is not personal is passed on', () => {
    expect(createPiiMasker(key).treatmentSql({}, '"x"')).toBe('"x"');
  });
});

describe('redactText', () => {
  test.each([
    ['could not read me.too+tag@sub.example.org, sorry', 'could not read <email>, sorry'],
    ["for o'neil@example.org", 'for <email>'],
    ['<a@b.cc>;"c@d.ee"', '<<email>>;"<email>"'],
    ['grüße@exämple.de', '<email>'],
    ['nothing here', 'nothing here'],
    ['at @ alone', 'at @ alone'],
  ])('%s', (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  test('leaves no address in any text around one', () => {
    fc.assert(
      fc.property(fc.string(), fc.emailAddress(), fc.string(), (before, address, after) => {
        expect(redactText(`${before} ${address} ${after}`)).not.toContain(address);
      }),
    );
  });

  test('takes time linear in the text', () => {
    const started = performance.now();
    redactText(`${'x'.repeat(2_000_000)} @`);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
