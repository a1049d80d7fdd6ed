import type { TableMapping } from '@data-master/change-events';

/** One thing that a replication needs of its source, as it was found. */
export interface SourceFinding {
  what: string;
  found: string;
  expected: string;
  /** What to do; undefined when it is as expected. */
  remedy?: string;
}

/** The task whose needs are looked at. */
export interface CheckedTask {
  name: string;
  mapping: TableMapping;
}

/** A finding, whose remedy counts only when it is not as expected. */
export function finding(what: string, isMet: boolean, found: string, expected: string, remedy: string): SourceFinding {
  return { what, found, expected, ...(!isMet && { remedy }) };
}
