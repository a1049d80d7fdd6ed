import { MissingFileError } from './errors.ts';
import { formatJson } from './json.ts';
import { parseMetadata, type TableMetadata } from './metadata.ts';
import type { FileIO } from './ports.ts';

/** A version of a table's metadata and where it is stored. */
export interface TableState {
  metadata: TableMetadata;
  /** URI of the metadata file. */
  metadataLocation: string;
  /** Counts the versions of the table from 1. */
  version: number;
}

/** Which metadata of one table is the current one. */
export interface Catalog {
  /** URI of the folder of a new table, without a slash at the end. */
  readonly location: string;
  /** The current version; undefined when there is no such table. */
  load(): Promise<TableState | undefined>;
  /**
   * Makes `next` the current version if `base` still is (undefined: if there is no table yet).
   * Undefined when another writer was faster; a rejection leaves the outcome unknown.
   */
  commit(base: TableState | undefined, next: TableMetadata): Promise<TableState | undefined>;
}

/** Reads a file that the table refers to; MissingFileError when it is not there. */
export async function readReferenced(io: FileIO, uri: string): Promise<Uint8Array> {
  try {
    return await io.read(uri);
  } catch (cause) {
    if (!(await io.exists(uri))) throw new MissingFileError(uri, { cause });
    throw cause;
  }
}

/**
 * A catalog that needs files only: creating `metadata/vN.metadata.json` exclusively is the commit.
 * `version-hint.text` says where to start looking; it may be stale, wrong or missing.
 */
export function createFileCatalog({ io, location }: { io: FileIO; location: string }): Catalog {
  const folder = `${location}/metadata/`;
  const fileOf = (version: number) => `${folder}v${version}.metadata.json`;
  const hintFile = `${folder}version-hint.text`;

  const readHint = async (): Promise<number | undefined> => {
    if (!(await io.exists(hintFile))) return undefined;
    const text = Buffer.from(await io.read(hintFile)).toString('utf8').trim();
    return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
  };

  const listLatest = async (): Promise<number | undefined> => {
    const versions = (await io.list(folder)).flatMap((uri) => {
      const match = /\/v(\d+)\.metadata\.json$/.exec(uri);
      return match ? [Number(match[1])] : [];
    });
    return versions.length === 0 ? undefined : Math.max(...versions);
  };

  const findLatest = async (): Promise<number | undefined> => {
    const hint = await readHint();
    let version = hint !== undefined && (await io.exists(fileOf(hint))) ? hint : await listLatest();
    while (version !== undefined && (await io.exists(fileOf(version + 1)))) version++;
    return version;
  };

  return {
    location,
    async load() {
      const version = await findLatest();
      if (version === undefined) return undefined;
      const metadataLocation = fileOf(version);
      const metadata = parseMetadata(await readReferenced(io, metadataLocation), metadataLocation);
      return { metadata, metadataLocation, version };
    },
    async commit(base, next) {
      const version = (base?.version ?? 0) + 1;
      const metadataLocation = fileOf(version);
      if (!(await io.createExclusive(metadataLocation, formatJson(next)))) return undefined;
      await io.write(hintFile, Buffer.from(String(version))).catch(() => undefined);
      return { metadata: next, metadataLocation, version };
    },
  };
}
