import { gzipSync } from 'node:zlib';
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

/** What stands between a version and `.metadata.json`: other writers of the same table look for the same two names. */
const metadataForms = ['', '.gz'] as const;
type MetadataForm = (typeof metadataForms)[number];

interface Version {
  version: number;
  form: MetadataForm;
}

/**
 * A catalog that needs files only: creating `metadata/vN.metadata.json` exclusively is the commit, or
 * `metadata/vN.gz.metadata.json` where `write.metadata.compression-codec` is gzip.
 * `version-hint.text` says where to start looking; it may be stale, wrong or missing.
 */
export function createFileCatalog({ io, location }: { io: FileIO; location: string }): Catalog {
  const folder = `${location}/metadata/`;
  const fileOf = (version: number, form: MetadataForm) => `${folder}v${version}${form}.metadata.json`;
  const hintFile = `${folder}version-hint.text`;

  const readHint = async (): Promise<number | undefined> => {
    if (!(await io.exists(hintFile))) return undefined;
    const text = Buffer.from(await io.read(hintFile)).toString('utf8').trim();
    return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
  };

  const listLatest = async (): Promise<number | undefined> => {
    const versions = (await io.list(folder)).flatMap((uri) => {
      const match = /\/v(\d+)(?:\.gz)?\.metadata\.json$/.exec(uri);
      return match ? [Number(match[1])] : [];
    });
    return versions.length === 0 ? undefined : Math.max(...versions);
  };

  const find = async (version: number): Promise<Version | undefined> => {
    for (const form of metadataForms) if (await io.exists(fileOf(version, form))) return { version, form };
    return undefined;
  };

  const findLatest = async (): Promise<Version | undefined> => {
    const hint = await readHint();
    let found = hint === undefined ? undefined : await find(hint);
    const listed = found ? undefined : await listLatest();
    if (listed !== undefined) found = await find(listed);
    for (let next = found; next; next = await find(next.version + 1)) found = next;
    return found;
  };

  return {
    location,
    async load() {
      const found = await findLatest();
      if (!found) return undefined;
      const { version, form } = found;
      const metadataLocation = fileOf(version, form);
      const metadata = parseMetadata(await readReferenced(io, metadataLocation), metadataLocation);
      return { metadata, metadataLocation, version };
    },
    async commit(base, next) {
      const version = (base?.version ?? 0) + 1;
      if (await find(version)) return undefined;
      const form = next.properties['write.metadata.compression-codec']?.toLowerCase() === 'gzip' ? '.gz' : '';
      const metadataLocation = fileOf(version, form);
      const json = formatJson(next);
      if (!(await io.createExclusive(metadataLocation, form === '.gz' ? gzipSync(json) : json))) return undefined;
      await io.write(hintFile, Buffer.from(String(version))).catch(() => undefined);
      return { metadata: next, metadataLocation, version };
    },
  };
}
