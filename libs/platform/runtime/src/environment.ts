import { randomUUID } from 'node:crypto';
import type { Clock, Ids } from '@data-master/ports';

/** The time of this machine. */
export function createSystemClock(): Clock {
  return { now: () => new Date() };
}

/** Random UUIDs. */
export function createRandomIds(): Ids {
  return { next: () => randomUUID() };
}
