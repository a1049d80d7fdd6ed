const maxDepth = 8;

/** The fields as JSON values, every text redacted; bigints as text when no number holds them. */
export function toPublicFields(fields: Record<string, unknown>, redact: (text: string) => string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, toPublic(value, redact, 0)]));
}

function toPublic(value: unknown, redact: (text: string) => string, depth: number): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= maxDepth) return '[deeper]';
  const inner = (child: unknown) => toPublic(child, redact, depth + 1);
  if (isError(value)) {
    const { name, message, stack, cause } = value;
    return { name, message: redact(message), ...(stack !== undefined && { stack: redact(stack) }), ...(cause !== undefined && { cause: inner(cause) }) };
  }
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map(inner);
  if ('toJSON' in value && typeof value.toJSON === 'function') return inner((value as { toJSON(): unknown }).toJSON());
  if (value instanceof Map || value instanceof Set) return inner([...value]);
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [redact(name), inner(child)]));
}

/** Also true for errors of another realm, such as those of native modules in a sandbox. */
function isError(value: object): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}
