import type { LakeModel, SqlDialect } from '@data-master/table-contracts';
import { defineDerivedMerge } from './derived-merge.ts';
import type { MergeDefinition } from './merge-definition.ts';
import { defineSilverMerge } from './silver-merge.ts';

/** The MERGE of a silver table, source or derived. */
export function defineMerge(model: LakeModel, name: string, dialect: SqlDialect): MergeDefinition {
  const source = model.tables.find((table) => table.name === name);
  if (source) return defineSilverMerge(source, dialect);
  const derived = model.derived.find((table) => table.name === name);
  if (derived) return defineDerivedMerge(derived, model, dialect);
  throw new Error(`${name} is no silver table of ${model.name}; expected one of ${[...model.tables, ...model.derived].map((table) => table.name).join(', ')}`);
}
