import type { FileIO } from './ports.ts';

/** Where the SQL engine finds files of a table. */
export interface LocalPaths {
  /** The local path of a file by its URI. */
  of(uri: string): string;
  /** The URI of a file by its local path. */
  uriOf(path: string): string | undefined;
}

/** Asks for the local paths of files, each once. */
export async function localise(io: FileIO, uris: Iterable<string>): Promise<LocalPaths> {
  const distinct = [...new Set(uris)];
  const paths = distinct.length === 0 ? [] : await io.localPaths(distinct);
  const byUri = new Map(distinct.map((uri, index) => [uri, paths[index]]));
  const byPath = new Map(distinct.map((uri, index) => [paths[index], uri]));
  return {
    of(uri) {
      const path = byUri.get(uri);
      if (path === undefined) throw new Error(`localPaths: found no path for ${uri}, expected one for each URI`);
      return path;
    },
    uriOf: (path) => byPath.get(path),
  };
}
