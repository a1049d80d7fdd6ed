import { createHash, createHmac } from 'node:crypto';
import { redactSql, redactText } from './redaction.ts';
import type { Column, PiiTreatment } from '@data-master/table-contracts';

export type TreatmentName = PiiTreatment['treatment'];

/** Treats personal values with the key of one lake; the same value always gives the same result, so joins survive. */
export interface PiiMasker {
  /** `hash` and `sha256` give 64 hexadecimal digits, `mask` the first code point and `****`, `drop` null, `redact` the value with `<email>` for each address; null stays null. */
  treat(treatment: TreatmentName, value: string | null): string | null;
  /** DuckDB SQL that treats the text `expression` as `treat` does; it reads the session variables of `sqlVariables`. */
  treatmentSql(column: Pick<Column, 'pii'>, expression: string): string;
  /** To be set in a session before SQL of `treatmentSql` runs; derived from the key and as secret as the key. */
  sqlVariables(): Record<string, Uint8Array>;
}

/** The least size of a key; the block of SHA-256 is 64 bytes. */
export const minimumKeyBytes = 16;
/** The size of the keys that the lake makes. */
export const keySizeBytes = 32;

const blockBytes = 64;
const innerPad = 'dm_pii_inner_pad';
const outerPad = 'dm_pii_outer_pad';

/** A masker with the lake's key; refuses a key shorter than 16 bytes. */
export function createPiiMasker(key: Uint8Array): PiiMasker {
  if (key.length < minimumKeyBytes) throw new Error(`masking key has ${key.length} bytes; expected at least ${minimumKeyBytes}; make it of random bytes`);
  const secret = Uint8Array.from(key);
  return {
    treat: (treatment, value) => (value === null ? null : treatValue(secret, treatment, value)),
    treatmentSql: (column, expression) => treatmentSql(column.pii?.treatment ?? 'keep', expression),
    sqlVariables: () => ({ [innerPad]: keyPad(secret, 0x36), [outerPad]: keyPad(secret, 0x5c) }),
  };
}

/** HMAC-SHA-256 of RFC 2104 over the UTF-8 of the value, in lower hexadecimal digits. */
export function hmacSha256Hex(key: Uint8Array, value: string | Uint8Array): string {
  return createHmac('sha256', key).update(value).digest('hex');
}

function treatValue(key: Uint8Array, treatment: TreatmentName, value: string): string | null {
  switch (treatment) {
    case 'hash': return hmacSha256Hex(key, value);
    case 'sha256': return createHash('sha256').update(value).digest('hex');
    case 'mask': return `${String.fromCodePoint(...[value.codePointAt(0)].filter((point) => point !== undefined))}****`;
    case 'drop': return null;
    case 'redact': return redactText(value);
    case 'keep': return value;
  }
}

function treatmentSql(treatment: TreatmentName, expression: string): string {
  const hmac = `sha256(getvariable('${outerPad}') || unhex(sha256(getvariable('${innerPad}') || encode(${expression}))))`;
  switch (treatment) {
    case 'hash': return hmac;
    case 'sha256': return `sha256(encode(${expression}))`;
    case 'mask': return `(substring(${expression}, 1, 1) || '****')`;
    case 'drop': return 'NULL';
    case 'redact': return redactSql(expression);
    case 'keep': return expression;
  }
}

function keyPad(key: Uint8Array, mask: number): Uint8Array {
  const block = new Uint8Array(blockBytes);
  block.set(key.length > blockBytes ? createHash('sha256').update(key).digest() : key);
  return block.map((byte) => byte ^ mask);
}
