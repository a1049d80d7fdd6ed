import { parseTableMapping, type ContractMode, type TableMapping } from '@data-master/change-events';
import type { ContractGuard } from '@data-master/ports';
import { rawColumns, type LakeModel } from '@data-master/table-contracts';

/** The guard of a lake's contracts. */
export function guardContracts(model: LakeModel, mode: ContractMode): ContractGuard {
  const tables = new Map(model.tables.map((table) => [table.name, { columns: rawColumns(table).map(({ name }) => name), key: table.primaryKey }]));
  return { mode, columnsOf: (table) => tables.get(table)?.columns, keyOf: (table) => tables.get(table)?.key };
}

/** The mapping that takes the tables of a lake, in whatever schema they are. */
export function selectLakeTables(model: LakeModel): TableMapping {
  return parseTableMapping(JSON.stringify({
    rules: model.tables.map(({ name }, index) => ({
      'rule-type': 'selection', 'rule-id': index + 1, 'rule-name': name, 'rule-action': 'include', 'object-locator': { 'schema-name': '%', 'table-name': name },
    })),
  }));
}
