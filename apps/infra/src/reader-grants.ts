import type { LakeEnvironment } from '@data-master/lake-config';
import type { ColumnGrants } from '@data-master/table-contracts';

/** The columns of one table that one reader may select. */
export interface ReaderGrant {
  /** Place of the reader in the configuration. */
  index: number;
  principal: string;
  layer: ColumnGrants['layer'];
  table: string;
  columns: string[];
}

type Reader = Omit<LakeEnvironment['lakeFormation']['readers'][number], 'tables'> & { tables?: string[] | undefined };

/** Grants of readers by table and column: the open columns, and of the personal ones those that the reader names. Error when a table or a personal column does not exist. */
export function readerGrants(contracts: readonly ColumnGrants[], readers: readonly Reader[]): ReaderGrant[] {
  return readers.flatMap(({ principal, database, tables, personalColumns }, index) => {
    const inLayer = contracts.filter(({ layer }) => layer === database);
    const chosen = tables ? tables.map((name) => inLayer.find(({ table }) => table === name) ?? refuse(`reader ${principal} names table ${name} of ${database}`, inLayer.map(({ table }) => table))) : inLayer;
    const personal = chosen.flatMap(({ table, personal }) => personal.map((name) => `${table}.${name}`));
    const unknown = personalColumns.find((name) => !personal.includes(name));
    if (unknown) refuse(`reader ${principal} names personal column ${unknown} of ${database}`, personal);
    return chosen.map(({ layer, table, open, personal: own }) => ({ index, principal, layer, table, columns: [...open, ...own.filter((name) => personalColumns.includes(`${table}.${name}`))] }));
  });
}

function refuse(found: string, expected: readonly string[]): never {
  throw new Error(`${found}; expected ${expected.length > 0 ? `one of ${expected.join(', ')}` : 'none, there are none'}; correct lakeFormation.readers in dm.config.ts`);
}
