import type { Catalog, TableState } from './catalog.ts';
import { CommitUnknownError, UnsupportedFeatureError } from './errors.ts';
import { pointTo, type GlueTable, type GlueTableInput } from './glue-table.ts';
import { formatMetadataFile, readMetadataFile } from './metadata-files.ts';
import type { TableMetadata } from './metadata.ts';
import type { FileIO } from './ports.ts';

/** The part of AWS Glue that the catalog needs; every method rejects when its outcome is not known. */
export interface GlueClient {
  /** Undefined when there is no such table. */
  getTable(name: { database: string; table: string }): Promise<GlueTable | undefined>;
  /** False when there is a table of this name (AlreadyExistsException). */
  createTable(request: { database: string; input: GlueTableInput }): Promise<boolean>;
  /** Replaces the table if it is still of this version (VersionId, SkipArchive); false when not (ConcurrentModificationException). */
  updateTable(request: { database: string; input: GlueTableInput; versionId: string }): Promise<boolean>;
}

export interface GlueCatalogOptions {
  client: GlueClient;
  io: FileIO;
  database: string;
  table: string;
  /** URI of the folder of a new table, without a slash at the end. */
  location: string;
  /** A new random UUID, for the names of metadata files. */
  newUuid(): string;
}

const tries = 3;

/**
 * A catalog in AWS Glue: the parameter `metadata_location` of the table says which metadata is current, and an update that is
 * bound to the version read before is the commit. When an update fails or is refused, the table is read back, as the update
 * may have been made all the same; CommitUnknownError when even that cannot tell, and then no file is removed.
 */
export function createGlueCatalog({ client, io, database, table, location, ...ports }: GlueCatalogOptions): Catalog {
  const name = `${database}.${table}`;
  const pointerOf = (found: GlueTable | undefined): string | undefined => {
    if (!found) return undefined;
    const { table_type: type, metadata_location: pointer } = found.input.Parameters ?? {};
    if (type?.toUpperCase() === 'ICEBERG' && pointer !== undefined) return pointer;
    throw new UnsupportedFeatureError(`Glue table ${name}`, `table_type ${type ?? 'missing'} and metadata_location ${pointer ?? 'missing'}`, 'a table of type ICEBERG');
  };

  const writeMetadata = async (next: TableMetadata, version: number): Promise<string> => {
    const { bytes, extension } = formatMetadataFile(undefined, next);
    const file = `${next.location}/metadata/${String(version - 1).padStart(5, '0')}-${ports.newUuid()}${extension}`;
    await io.write(file, bytes);
    return file;
  };

  /** Whether the file is current or was; undefined when neither, which is final only if the pointer has moved on. */
  const isCommitted = async (file: string): Promise<{ committed: boolean; current: GlueTable | undefined }> => {
    const current = await client.getTable({ database, table });
    const pointer = pointerOf(current);
    if (pointer === undefined || pointer === file) return { committed: pointer === file, current };
    const { 'metadata-log': log } = await readMetadataFile(io, pointer);
    return { committed: log.some((entry) => entry['metadata-file'] === file), current };
  };

  /** Makes the attempt, and again as long as nothing is known of it and it could still be made. */
  const resolve = async (file: string, attempt: () => Promise<boolean>, isOpen: (current: GlueTable | undefined) => boolean): Promise<boolean> => {
    let failure: unknown;
    for (let left = tries; left > 0; left--) {
      try {
        if (await attempt()) return true;
      } catch (error) {
        failure = error;
      }
      try {
        const { committed, current } = await isCommitted(file);
        if (committed) return true;
        if (!isOpen(current)) return false;
      } catch (error) {
        failure ??= error;
      }
    }
    throw new CommitUnknownError(`Glue table ${name}: found neither success nor failure of a commit in ${tries} tries, expected one; look whether ${file} is its metadata_location before writing again`, {
      cause: failure,
    });
  };

  return {
    location,
    async load() {
      const found = await client.getTable({ database, table });
      const metadataLocation = pointerOf(found);
      if (metadataLocation === undefined) return undefined;
      return { metadata: await readMetadataFile(io, metadataLocation), metadataLocation, version: versionOf(metadataLocation) };
    },
    async commit(base, next) {
      const current = await client.getTable({ database, table });
      if (pointerOf(current) !== base?.metadataLocation) return undefined;
      const version = (base?.version ?? 0) + 1;
      const metadataLocation = await writeMetadata(next, version);
      const input = pointTo(table, next, metadataLocation, current && base ? { input: current.input, metadataLocation: base.metadataLocation } : undefined);
      const made = current
        ? await resolve(metadataLocation, () => client.updateTable({ database, input, versionId: current.versionId }), (found) => found?.versionId === current.versionId)
        : await resolve(metadataLocation, () => client.createTable({ database, input }), (found) => found === undefined);
      if (made) return { metadata: next, metadataLocation, version } satisfies TableState;
      await io.remove(metadataLocation).catch(() => undefined);
      return undefined;
    },
  };
}

/** The count of versions in the name of a metadata file, which starts at 0; 1 when another engine named it in another way. */
function versionOf(metadataLocation: string): number {
  const match = /\/(\d+)-[^/]*$/.exec(metadataLocation);
  return match ? Number(match[1]) + 1 : 1;
}
