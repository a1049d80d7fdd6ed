import type { TableState } from './catalog.ts';
import type { TableContext } from './commit.ts';
import { InvalidArgumentError, TableNotFoundError } from './errors.ts';
import type { StoredFile } from './ports.ts';
import { findReachable, metadataReferences } from './reachable-files.ts';

const dayMs = 86_400_000;

export interface OrphanOptions {
  /** Files last changed before this time are removed, in milliseconds since the epoch; files of running commits must be newer. */
  olderThanMs: number;
  /** Says that no commit is running, which allows a time less than a day ago. */
  noRunningCommits?: boolean;
  /** Reports only. */
  dryRun?: boolean;
}

export interface OrphanResult {
  /** Removed files, or those that a dry run would remove. */
  orphans: StoredFile[];
  orphanBytes: number;
  /** Files that could not be removed. */
  failedFiles: string[];
  before: { files: number; sizeBytes: number };
  after: { files: number; sizeBytes: number };
}

/**
 * Removes files below the table's folder that no version of the table refers to: what crashed writers left behind.
 * Needs `FileIO.listFiles`. What is listed first and referred to afterwards stays; nothing is removed unless every manifest of
 * every snapshot could be read. Files are compared by path without scheme and host, as engines write those in several ways.
 */
export async function removeOrphanFiles(context: TableContext, start: TableState, options: OrphanOptions): Promise<{ state: TableState; result: OrphanResult }> {
  const { io } = context.ports;
  checkOptions(context, start, options);
  const location = start.metadata.location;
  const files = (await io.listFiles?.(`${location}/`)) ?? [];
  const state = await context.catalog.load();
  if (!state || state.metadata['table-uuid'] !== start.metadata['table-uuid']) {
    throw new TableNotFoundError(`${location}: found another table or none, expected ${start.metadata['table-uuid']}; load it again`);
  }
  const { manifestLists, manifests, dataFiles, deleteFiles } = await findReachable(context.reader, state, state.metadata.snapshots, 'live');
  const references = [...manifestLists, ...manifests.keys(), ...dataFiles, ...deleteFiles, ...metadataReferences(state.metadata), state.metadataLocation];
  const needed = new Set(references.flatMap(pathForms));
  const isNeeded = (uri: string) => uri.endsWith('/version-hint.text') || pathForms(uri).some((form) => needed.has(form));
  const orphans = files.filter((file) => file.modifiedMs < options.olderThanMs && !isNeeded(file.uri));
  const outcomes = options.dryRun === true ? [] : await Promise.allSettled(orphans.map((file) => io.remove(file.uri)));
  const failedFiles = orphans.filter((_file, index) => outcomes[index]?.status === 'rejected').map((file) => file.uri);
  const sizeOf = (list: readonly StoredFile[]) => list.reduce((sum, file) => sum + file.sizeBytes, 0);
  const gone = new Set(options.dryRun === true ? [] : orphans.filter((file) => !failedFiles.includes(file.uri)));
  const left = files.filter((file) => !gone.has(file));
  const result: OrphanResult = {
    orphans,
    orphanBytes: sizeOf(orphans),
    failedFiles,
    before: { files: files.length, sizeBytes: sizeOf(files) },
    after: { files: left.length, sizeBytes: sizeOf(left) },
  };
  return { state, result };
}

function checkOptions({ ports }: TableContext, { metadata }: TableState, { olderThanMs, noRunningCommits = false }: OrphanOptions): void {
  if (!ports.io.listFiles) throw new InvalidArgumentError('removeOrphanFiles: found a FileIO without listFiles, expected one that lists files with their times');
  if (metadata.properties['gc.enabled'] === 'false') {
    throw new InvalidArgumentError(`${metadata.location}: found the table property gc.enabled false, expected it true or absent; files of the table may belong to others`);
  }
  const newest = ports.now() - dayMs;
  if (!Number.isFinite(olderThanMs) || (olderThanMs > newest && !noRunningCommits)) {
    throw new InvalidArgumentError(
      `removeOrphanFiles, olderThanMs: found ${olderThanMs}, expected at most ${newest}, a day ago: a running commit may need newer files; say noRunningCommits when there is none`,
    );
  }
}

/** The path of a URI without scheme and host, as written and with percent signs resolved. */
function pathForms(uri: string): string[] {
  const path = uri.replace(/^[A-Za-z][A-Za-z0-9+.-]*:(\/\/[^/]*)?/, '').replace(/\/+/g, '/');
  try {
    return [path, decodeURIComponent(path)];
  } catch {
    return [path];
  }
}
