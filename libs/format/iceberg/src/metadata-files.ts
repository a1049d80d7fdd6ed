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

/** The bytes of a metadata file and the end of its name, as `write.metadata.compression-codec` (none) says. */
export function formatMetadataFile(metadata: TableMetadata): { bytes: Uint8Array; extension: string } {
  const codec = (metadata.properties['write.metadata.compression-codec'] ?? 'none').toLowerCase();
  const bytes = formatJson(metadata);
  if (codec === 'none') return { bytes, extension: '.metadata.json' };
  if (codec === 'gzip') return { bytes: gzipSync(bytes), extension: '.gz.metadata.json' };
  throw new InvalidArgumentError(`write.metadata.compression-codec: found ${codec}, expected none or gzip`);
}
