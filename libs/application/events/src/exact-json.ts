/** An integer that JavaScript's numbers may not hold. */
const longInteger = /\d{16}/;

/** Parses JSON with integers that a number would round as bigint. */
export function parseExactJson(text: string): unknown {
  return longInteger.test(text) ? JSON.parse(text, exactNumber) : JSON.parse(text);
}

function exactNumber(_name: string, value: unknown, { source }: { source?: string } = {}): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
}
