import { readReferenced, type Catalog } from '../src/catalog.ts';
import { formatJson } from '../src/json.ts';
import { parseMetadata } from '../src/metadata.ts';
import type { FileIO } from '../src/ports.ts';

/**
 * A catalog of one table that starts from a given metadata file, as catalogs outside of the table's folder do.
 * Commits go to `<location>/metadata/<version>-ours.metadata.json` and are known to this object alone.
 */
export function createMetadataCatalog(io: FileIO, metadataLocation: string): Catalog & { metadataLocation(): string } {
  let current = metadataLocation;
  let version = 1;
  const load: Catalog['load'] = async () => ({ metadata: parseMetadata(await readReferenced(io, current), current), metadataLocation: current, version });
  return {
    location: metadataLocation.replace(/\/metadata\/[^/]*$/, ''),
    metadataLocation: () => current,
    load,
    async commit(base, next) {
      if (base?.version !== version) return undefined;
      version++;
      current = `${next.location}/metadata/${String(version).padStart(5, '0')}-ours.metadata.json`;
      await io.write(current, formatJson(next));
      return { metadata: next, metadataLocation: current, version };
    },
  };
}

/** Reads and writes below `root` what URIs below `prefix` name. */
export function relocateFileIO(io: FileIO, prefix: string, root: string): FileIO {
  const inside = (uri: string): string => {
    if (!uri.startsWith(prefix)) throw new Error(`${uri}: expected a URI below ${prefix}`);
    return root + uri.slice(prefix.length);
  };
  return {
    read: (uri) => io.read(inside(uri)),
    write: (uri, bytes) => io.write(inside(uri), bytes),
    createExclusive: (uri, bytes) => io.createExclusive(inside(uri), bytes),
    exists: (uri) => io.exists(inside(uri)),
    remove: (uri) => io.remove(inside(uri)),
    list: async (uri) => (await io.list(inside(uri))).map((path) => prefix + path.slice(root.length)),
    localPaths: (uris) => io.localPaths(uris.map(inside)),
    publishFiles: (uris) => io.publishFiles(uris.map(inside)),
    discardFolder: (uri) => io.discardFolder(inside(uri)),
    prepareFolder: (uri) => io.prepareFolder(inside(uri)),
  };
}
