import type { TableState } from './catalog.ts';
import { indexDeletes, refuseUnreadable, type LiveFile } from './delete-files.ts';
import { CorruptFileError, DeleteFilesError } from './errors.ts';
import { decodeManifestList, type ManifestFile } from './manifest-lists.ts';
import { decodeManifest, entryStatus, fileContent, type ManifestEntry } from './manifests.ts';
import { readReferenced } from './metadata-files.ts';
import type { Snapshot } from './metadata.ts';
import { bindSpec, hasUnknownTransform } from './partitions.ts';
import type { FileIO } from './ports.ts';
import { fileCanMatch, manifestCanMatch, type BoundPredicate } from './predicates.ts';
import { knownTransforms } from './transforms.ts';

/** Reads manifest lists and manifests, each once: they never change. */
export interface ManifestReader {
  manifests(snapshot: Snapshot | undefined): Promise<ManifestFile[]>;
  entries(state: TableState, manifest: ManifestFile): Promise<ManifestEntry[]>;
}

/** Creates a reader that keeps what it read while it is used by the snapshots it is asked for. */
export function createManifestReader(io: FileIO): ManifestReader {
  const lists = new Map<string, Promise<ManifestFile[]>>();
  const entries = new Map<string, Promise<ManifestEntry[]>>();
  const once = <T>(cache: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> => {
    const known = cache.get(key);
    if (known) return known;
    const reading = read();
    cache.set(key, reading);
    reading.catch(() => cache.delete(key));
    return reading;
  };
  const forgetOthers = (manifests: readonly ManifestFile[]): void => {
    const used = new Set(manifests.map((manifest) => manifest.path));
    for (const path of entries.keys()) if (!used.has(path)) entries.delete(path);
  };
  return {
    async manifests(snapshot) {
      if (!snapshot) return [];
      const path = snapshot['manifest-list'];
      const known = lists.has(path);
      if (!known) lists.clear();
      const manifests = await once(lists, path, async () => decodeManifestList(await readReferenced(io, path), path));
      expectAnyManifest(snapshot, manifests);
      if (!known) forgetOthers(manifests);
      return manifests;
    },
    entries(state, manifest) {
      return once(entries, manifest.path, async () => {
        const spec = bindSpec(state.metadata, manifest.specId, state.metadataLocation);
        const bytes = await readReferenced(io, manifest.path);
        expectLength(manifest, bytes);
        return decodeManifest(bytes, manifest.path, spec, manifest);
      });
    },
  };
}

/** A file cut between two blocks is valid Avro, so what refers to it tells what must be in it. */
function expectLength(manifest: ManifestFile, bytes: Uint8Array): void {
  if (bytes.length !== manifest.lengthBytes) {
    throw new CorruptFileError(manifest.path, `${bytes.length} bytes`, `${manifest.lengthBytes} bytes, as the manifest list says`);
  }
}

function expectAnyManifest(snapshot: Snapshot, manifests: readonly ManifestFile[]): void {
  const files = Number(snapshot.summary['total-data-files'] ?? 0);
  if (manifests.length === 0 && files > 0) {
    throw new CorruptFileError(snapshot['manifest-list'], 'no manifests', `manifests of ${files} data file(s), as the snapshot's summary says`);
  }
}

/** A live data file and the delete files that apply to it. */
export interface PlannedFile extends LiveFile {
  deletes: LiveFile[];
}

/** The live data files of a snapshot that can hold rows which meet the conditions, with the deletes to apply. */
export async function planFiles(
  reader: ManifestReader,
  state: TableState,
  snapshot: Snapshot | undefined,
  predicates: readonly BoundPredicate[],
): Promise<PlannedFile[]> {
  const { data, deletes } = await liveFiles(reader, state, snapshot, predicates);
  const index = indexDeletes(deletes);
  return data.map((entry) => ({ ...entry, deletes: deletes.length === 0 ? [] : index.deletesOf(entry) }));
}

/** All live files of a snapshot, data files restricted to those that can hold rows which meet the conditions. */
export async function liveFiles(
  reader: ManifestReader,
  state: TableState,
  snapshot: Snapshot | undefined,
  predicates: readonly BoundPredicate[],
): Promise<{ data: LiveFile[]; deletes: LiveFile[] }> {
  const data: LiveFile[] = [];
  const deletes: LiveFile[] = [];
  for (const manifest of await reader.manifests(snapshot)) {
    if (manifest.addedFiles + manifest.existingFiles === 0) continue;
    const spec = bindSpec(state.metadata, manifest.specId, state.metadataLocation);
    if (!manifestCanMatch(spec.fields, manifest.partitions, predicates)) continue;
    const isUnknown = hasUnknownTransform(spec);
    for (const { status, file, sequenceNumber } of await reader.entries(state, manifest)) {
      if (status === entryStatus.deleted || sequenceNumber === null) continue;
      refuseUnreadable(file, manifest);
      if (file.content !== fileContent.data && isUnknown) {
        throw new DeleteFilesError(manifest.path, `deletes in partitions by ${spec.fields.map((field) => field.transform.name).join(', ')}`, `deletes in partitions by ${knownTransforms}`);
      }
      if (file.content !== fileContent.data) deletes.push({ file, spec, sequenceNumber });
      else if (fileCanMatch(spec.fields, file, predicates)) data.push({ file, spec, sequenceNumber });
    }
  }
  return { data, deletes };
}
