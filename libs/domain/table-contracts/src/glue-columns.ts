import type { Column } from './columns.ts';
import { dialectsOf } from './logical-types.ts';

/** A column as the Glue catalog describes tables of files. */
export interface GlueColumn {
  name: string;
  type: string;
  comment: string;
}

/** The columns of a table of files in the Glue catalog, in the order of the contract. */
export function emitGlueColumns(columns: readonly Column[]): GlueColumn[] {
  return columns.map(({ name, type, doc }) => ({ name, type: dialectsOf(type).glue, comment: doc }));
}
