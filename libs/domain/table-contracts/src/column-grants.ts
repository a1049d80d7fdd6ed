import { lakeTables, type LakeModel } from './lake-model.ts';
import { bronzeColumns } from './source-table.ts';

/** The columns of a table that anyone may be granted, and those of persons, which have to be asked for one by one. */
export interface ColumnGrants {
  layer: 'bronze' | 'silver' | 'gold';
  table: string;
  open: string[];
  personal: string[];
}

/**
 * Every table of bronze, silver and gold with its open and its personal columns. However it is treated, a personal column
 * is not open. In gold a column is personal when the table that it is selected from has a personal column of that name.
 */
export function emitColumnGrants(model: LakeModel): ColumnGrants[] {
  const grants: ColumnGrants[] = [
    ...model.tables.map((table) => split('bronze', table.name, bronzeColumns(table).map(({ name, pii }) => ({ name, personal: pii !== undefined })))),
    ...lakeTables(model).filter(({ layer }) => layer === 'silver').map(({ name, columns }) => split('silver', name, columns.map((column) => ({ name: column.name, personal: column.pii !== undefined })))),
  ];
  return [...grants, ...model.gold.map((table) => {
    const personal = grants.find(({ layer, table: name }) => layer === 'silver' && name === table.from)?.personal ?? [];
    const renamed = personal.find((name) => new RegExp(`\\b${name}\\b\\s+AS\\b`, 'i').test(table.select));
    if (renamed) throw new Error(`gold table ${table.name} renames the personal column ${renamed}; expected it under its own name, by which grants know it`);
    return split('gold', table.name, Object.keys(table.columns).map((name) => ({ name, personal: personal.includes(name) })));
  })];
}

function split(layer: ColumnGrants['layer'], table: string, columns: { name: string; personal: boolean }[]): ColumnGrants {
  const names = (personal: boolean): string[] => columns.filter((column) => column.personal === personal).map(({ name }) => name);
  return { layer, table, open: names(false), personal: names(true) };
}
