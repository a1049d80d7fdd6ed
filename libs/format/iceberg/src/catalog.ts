import { MissingFileError } from './errors.ts';
import { formatMetadataFile, readMetadataFile } from './metadata-files.ts';
import type { TableMetadata } from './metadata.ts';
import type { FileIO } from './ports.ts';

export { readReferenced } from './metadata-files.ts';

/** Looks at a table whose writers remove old metadata files faster than it is found. */
const outrunTries = 5;

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

/**
 * A catalog that needs files only: creating `metadata/vN.metadata.json` exclusively is the commit, or
 * `metadata/vN.gz.metadata.json` where `write.metadata.compression-codec` is gzip.
 * `version-hint.text` says where to start looking; it may be stale, wrong or missing.
 */
export function createFileCatalog({ io, location }: { io: FileIO; location: string }): Catalog {
  const folder = `${location}/metadata/`;
  const hintFile = `${folder}version-hint.text`;

  const fileOf = async (version: number): Promise<string | undefined> => {
    for (const extension of ['.metadata.json', '.gz.metadata.json']) {
      const file = `${folder}v${version}${extension}`;
      if (await io.exists(file)) return file;
    }
    return undefined;
  };

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

  const findLatest = async (): Promise<{ version: number; file: string } | undefined> => {
    const hint = await readHint();
    const hinted = hint === undefined ? undefined : await fileOf(hint);
    let version = hinted === undefined ? await listLatest() : hint;
    let file = hinted ?? (version === undefined ? undefined : await fileOf(version));
    if (version === undefined || file === undefined) return undefined;
    for (let next = await fileOf(version + 1); next !== undefined; next = await fileOf(version + 1)) {
      version++;
      file = next;
    }
    return { version, file };
  };

  const loadLatest = async (tries: number): Promise<TableState | undefined> => {
    const latest = await findLatest();
    if (!latest) return undefined;
    try {
      return { metadata: await readMetadataFile(io, latest.file), metadataLocation: latest.file, version: latest.version };
    } catch (error) {
      const isOutrun = error instanceof MissingFileError && tries > 1;
      if (isOutrun) return loadLatest(tries - 1);
      throw error;
    }
  };

  return {
    location,
    load: () => loadLatest(outrunTries),
    async commit(base, next) {
      const version = (base?.version ?? 0) + 1;
      if ((await fileOf(version)) !== undefined) return undefined;
      const { bytes, extension } = formatMetadataFile(base?.metadata, next);
      const metadataLocation = `${folder}v${version}${extension}`;
      if (!(await io.createExclusive(metadataLocation, bytes))) return undefined;
      await io.write(hintFile, Buffer.from(String(version))).catch(() => undefined);
      return { metadata: next, metadataLocation, version };
    },
  };
}
