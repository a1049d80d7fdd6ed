import { CorruptFileError } from './errors.ts';

interface RawJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
}

const rawJson = JSON as unknown as RawJson;

const longKeys = new Set([
  'snapshot-id',
  'parent-snapshot-id',
  'current-snapshot-id',
  'sequence-number',
  'last-sequence-number',
]);

/** Parses JSON without loss: the 63-bit ids of Iceberg and every integer beyond 2^53 become bigint. Inverse of `formatJson`. */
export function parseJson(bytes: Uint8Array, file: string): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return rawJson.parse(text, (key, value, { source }) => {
      if (typeof value !== 'number' || source === undefined || !/^-?\d+$/.test(source)) return value;
      return longKeys.has(key) || !Number.isSafeInteger(value) ? BigInt(source) : value;
    });
  } catch (cause) {
    throw new CorruptFileError(file, `${bytes.length} bytes that are not JSON (${(cause as Error).message})`, 'a JSON document', { cause });
  }
}

/** Formats JSON with bigint as integers of full precision. Inverse of `parseJson`. */
export function formatJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(formatJsonText(value));
}

/** Like `formatJson`, as text. */
export function formatJsonText(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) => (typeof entry === 'bigint' ? rawJson.rawJSON(String(entry)) : entry));
}
