import type { JsonMember } from '@data-master/change-events';
import { Binary, BSON, Decimal128, Double, Int32, Long, ObjectId, type Document } from 'mongodb';

/** Options by which values keep their type, so that no digit is lost. */
export const exactValues = { promoteValues: false, promoteLongs: false, promoteBuffers: false, ignoreUndefined: false } as const;

/** The members of a document with the texts of their values. */
export function documentMembers(document: Document): JsonMember[] {
  return Object.entries(document).map(([name, value]) => ({ name, text: jsonOf(value) }));
}

/**
 * A value as JSON: numbers with every digit, identifiers, dates (ISO 8601, UTC) and binary values (UUIDs as such, others in
 * base64) as texts, and types that JSON has no like of in MongoDB's Extended JSON.
 */
export function jsonOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  if (value instanceof ObjectId) return `"${value.toHexString()}"`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'null' : JSON.stringify(value.toISOString());
  if (value instanceof Decimal128) return decimalOf(value.toString());
  if (value instanceof Long || value instanceof Int32) return value.toString();
  if (value instanceof Double) return numberOf(value.valueOf());
  if (typeof value === 'number') return numberOf(value);
  if (value instanceof Binary) return JSON.stringify(value.sub_type === Binary.SUBTYPE_UUID ? value.toUUID().toString() : value.toString('base64'));
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  if (isPlain(value)) return `{${Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}:${jsonOf(each)}`).join(',')}}`;
  return BSON.EJSON.stringify(value, { relaxed: false });
}

/** An object of the document, not one that stands for a type of BSON; told without its constructor, which differs between realms. */
function isPlain(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object Object]' && !('_bsontype' in (value as object));
}

function numberOf(value: number): string {
  return Number.isFinite(value) ? JSON.stringify(value) : JSON.stringify(String(value));
}

/** Digits without an exponent, which decimal columns do not take; a text when it is no number. */
function decimalOf(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]\d+))?$/.exec(text);
  if (!match) return JSON.stringify(text);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const shift = Number(exponent);
  if (shift === 0) return text;
  const digits = whole + fraction;
  const point = whole.length + shift;
  const [left, right] = point <= 0 ? ['0', '0'.repeat(-point) + digits] : [digits.slice(0, point).padEnd(point, '0'), digits.slice(point)];
  return `${sign}${left.replace(/^0+(?=\d)/, '')}${right && `.${right}`}`;
}
