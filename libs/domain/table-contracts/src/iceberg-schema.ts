import type { Column } from './columns.ts';
import { dialectsOf, type IcebergTypeName } from './logical-types.ts';

/** A field of an Iceberg schema, as its specification writes it. */
export interface IcebergField {
  id: number;
  name: string;
  required: boolean;
  type: IcebergTypeName;
  doc: string;
}

/** The fields of an Iceberg schema; ids are those of the contract. */
export function emitIcebergFields(columns: readonly Column[]): IcebergField[] {
  return columns.map(({ id, name, required, type, doc }) => ({ id, name, required, type: dialectsOf(type).iceberg, doc }));
}
