import { commitWithRetry } from './attempts.ts';
import type { TableState } from './catalog.ts';
import type { TableContext } from './commit.ts';
import { headOf, type Snapshot } from './metadata.ts';
import { bindSpec } from './partitions.ts';

/** Manifests of a snapshot and their size. */
export interface ManifestFigures {
  manifests: number;
  manifestBytes: number;
}

export interface RewriteManifestsResult {
  /** Undefined when there was nothing to improve. */
  snapshot: Snapshot | undefined;
  before: ManifestFigures;
  after: ManifestFigures;
}

/** Writes all manifests of the current snapshot anew, sorted by partition, so that planning reads few and prunes them well. */
export async function rewriteManifests(context: TableContext, start: TableState): Promise<{ state: TableState; result: RewriteManifestsResult }> {
  const before = await measure(context, start);
  const { state, snapshot } = await commitWithRetry(context, start, async (current) => {
    const manifests = await context.reader.manifests(headOf(current.metadata));
    const kinds = new Set(manifests.map(({ specId, content }) => `${specId} ${content}`));
    const spec = bindSpec(current.metadata, current.metadata['default-spec-id'], current.metadataLocation);
    const change = { added: [], spec, removed: new Set<string>(), operation: 'replace' as const, rewriteManifests: true, summary: {} };
    return { attempt: { change, result: undefined }, commit: manifests.length > kinds.size };
  });
  return { state, result: { snapshot, before, after: await measure(context, state) } };
}

async function measure({ reader }: TableContext, { metadata }: TableState): Promise<ManifestFigures> {
  const manifests = await reader.manifests(headOf(metadata));
  return { manifests: manifests.length, manifestBytes: manifests.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0) };
}
