import {
  alignSchema, createTable, IllegalSchemaChangeError, loadTable, TableExistsError, TableNotFoundError, type Catalog, type IcebergPorts, type SchemaChange, type Table,
} from '@data-master/iceberg';
import { TerminalError, type Logger } from '@data-master/ports';
import { emitIcebergFields, type LakeTable } from '@data-master/table-contracts';

/** Table property: the highest `schemaVersion` of the contract that the columns follow. */
const versionProperty = 'dm.schema-version';

export interface OpenLakeTablePorts {
  /** The catalog of this one table. */
  catalog: Catalog;
  ports: IcebergPorts;
  logger: Logger;
}

/**
 * The Iceberg table of a contract: created when it is missing, and brought to the contract's columns when that has evolved
 * since. Columns are matched by id: rows that are stored read NULL in new ones, names, types, order and documentation
 * follow, dropped ones leave. A change that stored rows do not allow, or another partitioning, is a TerminalError; nothing
 * is changed then.
 */
export async function openLakeTable(contract: LakeTable, { catalog, ports, logger }: OpenLakeTablePorts): Promise<Table> {
  const load = (): Promise<Table> => loadTable({ catalog, ports });
  const table = await load().catch((error: unknown) => {
    if (!(error instanceof TableNotFoundError)) throw error;
    return create(contract, { catalog, ports }).catch((failure: unknown) => {
      if (failure instanceof TableExistsError) return load();
      throw failure;
    });
  });
  checkPartitioning(contract, table);
  const version = checkVersion(contract, table);
  const changes = await align(contract, table);
  if (version < contract.schemaVersion) await table.setProperties({ [versionProperty]: String(contract.schemaVersion) });
  if (changes.length > 0) logger.log('info', 'table.aligned', { layer: contract.layer, table: contract.name, changes: changes.map(describeChange) });
  return table;
}

const create = (contract: LakeTable, { catalog, ports }: Pick<OpenLakeTablePorts, 'catalog' | 'ports'>): Promise<Table> =>
  createTable({
    catalog, ports,
    schema: { fields: emitIcebergFields(contract.columns) },
    partitioning: contract.partitionBy.map((source) => ({ source, transform: 'identity' })),
    properties: { [versionProperty]: String(contract.schemaVersion) },
  });

/** Brings the columns to the contract's; another writer that does the same at the same time is met by looking again. */
async function align(contract: LakeTable, table: Table): Promise<SchemaChange[]> {
  const changesNow = (): SchemaChange[] => alignSchema(table.schema, emitIcebergFields(contract.columns));
  const changes = changesNow();
  if (changes.length === 0) return changes;
  try {
    await table.evolveSchema(changes);
    return changes;
  } catch (error) {
    if (!(error instanceof IllegalSchemaChangeError)) throw error;
    await table.refresh();
    if (changesNow().length === 0) return [];
    throw new TerminalError(
      `contract of ${contract.layer}.${contract.name}: ${error.message}; take the change of the contract back, or give the column a new id and keep the old one until its rows are no longer needed`,
      { cause: error },
    );
  }
}

/** Which partitions a commit touched is told by the contract's columns, so that files under another partitioning would go unnoticed. */
function checkPartitioning({ layer, name, partitionBy }: LakeTable, { metadata }: Table): void {
  const spec = metadata['partition-specs'].find((each) => each['spec-id'] === metadata['default-spec-id']);
  const present = (spec?.fields ?? []).map((field) => (field.transform === 'identity' ? field.name : `${field.transform} as ${field.name}`));
  if (present.join() === partitionBy.join()) return;
  const list = (columns: readonly string[]): string => (columns.length > 0 ? columns.join(', ') : 'nothing');
  throw new TerminalError(`table ${layer}.${name} is partitioned by ${list(present)}; expected ${list(partitionBy)}, as its contract says; take the change back, or define the table under a new name`);
}

/** Code of an older contract would drop the columns of the newer one. Returns the version that the table has. */
function checkVersion({ layer, name, schemaVersion }: LakeTable, { metadata }: Table): number {
  const present = Number(metadata.properties[versionProperty] ?? 0);
  if (present <= schemaVersion) return present;
  throw new TerminalError(`table ${layer}.${name} has schemaVersion ${present} of its contract; expected at most ${schemaVersion}, that of this one; run the newer code, or raise the contract's schemaVersion`);
}

function describeChange(change: SchemaChange): string {
  const subject = 'column' in change ? `column ${String(change.column)}` : 'name' in change ? change.name : '';
  return `${change.change} ${subject}`.trim();
}
