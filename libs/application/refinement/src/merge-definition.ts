/**
 * A MERGE as data, for any engine: `source` is a select over the relations it `reads`, expressions speak of the target
 * row as `t` and the source row as `s`.
 */
export interface MergeDefinition {
  /** Relations to be put in place before `source` is run: bronze rows of a table, or the present rows of silver. */
  reads: readonly string[];
  source: string;
  on: readonly string[];
  matched: readonly ({ when?: string; delete: true } | { when?: string; set: Record<string, string> })[];
  notMatched: readonly { when?: string; insert: Record<string, string> }[];
}

/** The bronze rows that a plan brings, of one table. */
export const bronzeRelation = (table: string): string => `bronze_${table}`;
/** The present rows of a silver table. */
export const silverRelation = (table: string): string => `silver_${table}`;
