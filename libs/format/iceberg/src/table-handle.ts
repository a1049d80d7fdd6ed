import { append } from './append.ts';
import type { Committed } from './attempts.ts';
import type { TableState } from './catalog.ts';
import type { TableContext } from './commit.ts';
import { compact } from './compaction.ts';
import { measureDebt } from './debt.ts';
import { TableNotFoundError } from './errors.ts';
import { expireSnapshots } from './expiry.ts';
import { rewriteManifests } from './manifest-rewriting.ts';
import { watchReads } from './local-paths.ts';
import { merge } from './merge.ts';
import { changeMetadata, type MetadataChange } from './metadata-changes.ts';
import { currentSchema, currentSnapshot, type TableMetadata } from './metadata.ts';
import { removeOrphanFiles } from './orphan-files.ts';
import { overwritePartitions } from './overwrite.ts';
import { evolveSpec, type PartitionSpec } from './partitions.ts';
import type { IcebergPorts } from './ports.ts';
import { createRef, dropRef, moveRef, rollBack } from './refs.ts';
import { evolveMetadata } from './schema-evolution.ts';
import { nextTimeMs } from './snapshot-metadata.ts';
import { planScan, scanTable } from './table-scan.ts';
import type { Outcome, Table } from './table.ts';

/** A table that works on a loaded state and moves on with what it commits; `reader` is shared by its operations. */
export function openTable(base: Omit<TableContext, 'ports'> & { ports: IcebergPorts }, loaded: TableState): Table {
  let state = loaded;
  const begin = (): TableContext => ({ ...base, ports: watchReads(base.ports) });
  const adopt = (newer: TableState): void => {
    if (newer.version > state.version) state = newer;
  };
  const settle = <Result>(committed: Committed<Result>): Outcome<Result> => {
    adopt(committed.state);
    return { ...committed.result, snapshot: committed.snapshot };
  };
  const change = async (edit: (metadata: TableMetadata) => MetadataChange | undefined): Promise<void> => {
    adopt(await changeMetadata(begin(), state, edit));
  };
  const maintain = async <Result>(done: Promise<{ state: TableState; result: Result }>): Promise<Result> => {
    const { state: newer, result } = await done;
    adopt(newer);
    return result;
  };
  return {
    get metadata() {
      return state.metadata;
    },
    get metadataLocation() {
      return state.metadataLocation;
    },
    get schema() {
      return currentSchema(state.metadata);
    },
    get currentSnapshot() {
      return currentSnapshot(state.metadata);
    },
    get snapshots() {
      return state.metadata.snapshots;
    },
    async refresh() {
      const latest = await base.catalog.load();
      if (!latest) throw new TableNotFoundError(`${state.metadata.location}: found no table metadata any more, expected a table; it was removed`);
      state = latest;
    },
    plan: (options = {}) => planScan(begin(), state, options),
    scan: (options = {}) => scanTable(begin(), state, options),
    append: async (select, options = {}) => settle(await append(begin(), state, select, options)),
    overwritePartitions: async (options) => settle(await overwritePartitions(begin(), state, options)),
    merge: async (options) => settle(await merge(begin(), state, options)),
    async evolveSchema(changes) {
      await change((metadata) => evolveMetadata(metadata, changes));
      return currentSchema(state.metadata);
    },
    evolvePartitioning: (partitioning) => change((metadata) => repartition(metadata, partitioning)),
    setProperties: (properties) => change((metadata) => withProperties(metadata, properties)),
    createBranch: (name, options = {}) => change((metadata) => createRef(metadata, 'branch', name, options)),
    createTag: (name, options = {}) => change((metadata) => createRef(metadata, 'tag', name, options)),
    moveRef: (name, snapshotId) => change((metadata) => moveRef(metadata, name, snapshotId, nextTimeMs(base.ports, metadata))),
    dropRef: (name) => change((metadata) => dropRef(metadata, name)),
    rollbackTo: (snapshotId) => change((metadata) => rollBack(metadata, snapshotId, nextTimeMs(base.ports, metadata))),
    measureDebt: (options = {}) => measureDebt(begin(), state, options),
    compact: (options = {}) => maintain(compact(begin(), state, options)),
    rewriteManifests: () => maintain(rewriteManifests(begin(), state)),
    expireSnapshots: (options) => maintain(expireSnapshots(begin(), state, options)),
    removeOrphanFiles: (options) => maintain(removeOrphanFiles(begin(), state, options)),
  };
}

function repartition(metadata: TableMetadata, partitioning: PartitionSpec): MetadataChange | undefined {
  const next = evolveSpec(metadata, partitioning);
  if (!next) return undefined;
  const specOf = ({ 'partition-specs': specs, 'default-spec-id': id }: TableMetadata) => JSON.stringify(specs.find((spec) => spec['spec-id'] === id));
  return { metadata: next, isIn: (found) => specOf(found) === specOf(next) };
}

function withProperties(metadata: TableMetadata, changed: Readonly<Record<string, string | undefined>>): MetadataChange | undefined {
  const isSet = (found: TableMetadata) => Object.entries(changed).every(([name, value]) => found.properties[name] === value);
  if (isSet(metadata)) return undefined;
  const entries = Object.entries({ ...metadata.properties, ...changed });
  const properties = Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  return { metadata: { ...metadata, properties }, isIn: isSet };
}
