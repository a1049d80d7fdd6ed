import { createHash } from 'node:crypto';

/** A name that is the same for the same content, in the shape of a UUID. */
export function contentUuid(content: string | Uint8Array): string {
  const hex = createHash('sha256').update(content).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
