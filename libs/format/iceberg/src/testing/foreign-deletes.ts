import { createFileCatalog } from '../catalog.ts';
import { commitSnapshot } from '../commit.ts';
import { positionDeleteIds } from '../delete-files.ts';
import { watchReads } from '../local-paths.ts';
import { fileContent, type DataFile } from '../manifests.ts';
import { bindSpec, parsePartition, type PartitionTuple } from '../partitions.ts';
import { createManifestReader } from '../snapshot-files.ts';
import { textLiteral } from '../sql-text.ts';
import type { Workspace } from './local-ports.ts';

/** Deletes as another writer leaves them: a select of `file_path` and `pos`, or of the columns with the equality ids. */
export interface ForeignDeletes {
  select: string;
  /** Field ids by column of the select; absent for position deletes. */
  equalityIds?: Record<string, number>;
  specId?: number;
  partition?: PartitionTuple;
  referencedDataFile?: string;
}

let written = 0;

/** Commits a delete file to the table at a location, as other engines do. */
export async function commitDeletes(workspace: Workspace, location: string, deletes: ForeignDeletes): Promise<void> {
  const { ports, engine } = workspace;
  const catalog = createFileCatalog({ io: ports.io, location });
  const state = await catalog.load();
  if (!state) throw new Error(`no table at ${location}`);
  const filePath = `${location}/data/foreign-${written++}.parquet`;
  await ports.io.prepareFolder(`${location}/data/`);
  const ids = deletes.equalityIds ?? { file_path: positionDeleteIds.filePath, pos: positionDeleteIds.position };
  const fieldIds = Object.entries(ids).map(([name, id]) => `"${name}": ${id}`);
  const [row] = await engine.rows(
    `COPY (${deletes.select}) TO ${textLiteral(filePath)} (FORMAT parquet, FIELD_IDS {${fieldIds.join(', ')}}, RETURN_STATS)`,
  );
  const spec = bindSpec(state.metadata, deletes.specId ?? state.metadata['default-spec-id'], location);
  const file: DataFile = {
    content: deletes.equalityIds ? fileContent.equalityDeletes : fileContent.positionDeletes,
    filePath,
    fileFormat: 'PARQUET',
    partition: parsePartition(spec, deletes.partition ?? {}),
    recordCount: Number(row?.['count']),
    sizeBytes: Number(row?.['file_size_bytes']),
    columnSizes: new Map(),
    valueCounts: new Map(),
    nullCounts: new Map(),
    nanCounts: new Map(),
    lowerBounds: new Map(),
    upperBounds: new Map(),
    keyMetadata: null,
    splitOffsets: null,
    equalityIds: deletes.equalityIds ? Object.values(deletes.equalityIds) : null,
    sortOrderId: null,
    referencedDataFile: deletes.referencedDataFile ?? null,
  };
  const context = { ports: watchReads(ports), catalog, reader: createManifestReader(ports.io) };
  await commitSnapshot(context, state, { added: [], spec, addedDeletes: [{ file, spec }], removed: new Set(), summary: {} });
}
