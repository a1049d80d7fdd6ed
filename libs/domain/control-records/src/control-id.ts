import { createHash } from 'node:crypto';

/** The control_id of a unit of work: the same parts give the same id, so a second registration meets the first. */
export function controlIdOf(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
}
