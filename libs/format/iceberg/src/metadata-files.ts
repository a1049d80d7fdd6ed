import { gzipSync } from 'node:zlib';
import { InvalidArgumentError, MissingFileError } from './errors.ts';
import { formatJson } from './json.ts';
import { parseMetadata, type TableMetadata } from './metadata.ts';
import type { FileIO } from './ports.ts';

/** Reads a file that the table refers to; MissingFileError when it is not there. */
export async function readReferenced(io: FileIO, uri: string): Promise<Uint8Array> {
  try {
    return await io.read(uri);
  } catch (cause) {
    if (!(await io.exists(uri))) throw new MissingFileError(uri, { cause });
    throw cause;
  }
}

/** Reads a metadata file, compressed with gzip or not. */
export async function readMetadataFile(io: FileIO, uri: string): Promise<TableMetadata> {
  return parseMetadata(await readReferenced(io, uri), uri);
}

/**
 * The bytes of a metadata file and the end of its name, as `write.metadata.compression-codec` (none) of the version before says:
 * so writers that compete for a version agree on its name even when one of them changes the codec.
 */
export function formatMetadataFile(base: TableMetadata | undefined, next: TableMetadata): { bytes: Uint8Array; extension: string } {
  const [current, own] = [base ?? next, next].map(({ properties }) => (properties['write.metadata.compression-codec'] ?? 'none').toLowerCase());
  if (own !== 'none' && own !== 'gzip') throw new InvalidArgumentError(`write.metadata.compression-codec: found ${own}, expected none or gzip`);
  const bytes = formatJson(next);
  return current === 'gzip' ? { bytes: gzipSync(bytes), extension: '.gz.metadata.json' } : { bytes, extension: '.metadata.json' };
}
