import { parseTableMapping, parseTaskSettings, type ContractMode, type TableMapping } from '@data-master/change-events';
import type { ContractGuard, ReplicationTask } from '@data-master/ports';
import { rawColumns, rawMembers, type LakeModel } from '@data-master/table-contracts';
import type { ColumnTypes } from './typed-cells.ts';

/** The guard of a lake's contracts. */
export function guardContracts(model: LakeModel, mode: ContractMode): ContractGuard {
  const keys = new Map(model.tables.map(({ name, primaryKey }) => [name, primaryKey]));
  return { mode, columnsOf: rawMembers(model), keyOf: (table) => keys.get(table) };
}

/** The types of a lake's columns. */
export function columnTypes(model: LakeModel): ColumnTypes {
  const tables = new Map(model.tables.map((table) => [table.name, new Map(rawColumns(table).map(({ name, type }) => [name, type]))]));
  return (table) => tables.get(table);
}

/** The mapping that takes the tables of a lake, in whatever schema they are. */
export function selectLakeTables(model: LakeModel): TableMapping {
  return parseTableMapping(JSON.stringify({
    rules: model.tables.map(({ name }, index) => ({
      'rule-type': 'selection', 'rule-id': index + 1, 'rule-name': name, 'rule-action': 'include', 'object-locator': { 'schema-name': '%', 'table-name': name },
    })),
  }));
}

export interface TaskDocuments {
  /** Table mapping of a DMS task, as JSON; the tables of the lake when not given. */
  mapping?: string | undefined;
  /** Settings of a DMS task, as JSON. */
  settings?: string | undefined;
}

/** What a name and the documents of a DMS task say of a replication into a lake. */
export function readTask(model: LakeModel, name: string, mode: ContractMode, { mapping, settings }: TaskDocuments): Required<Pick<ReplicationTask, 'name' | 'mapping' | 'settings' | 'contract'>> {
  return {
    name, mapping: mapping === undefined ? selectLakeTables(model) : parseTableMapping(mapping), settings: parseTaskSettings(settings), contract: guardContracts(model, mode),
  };
}
