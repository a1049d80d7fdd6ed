import { CorruptFileError, IcebergError, MissingFileError } from './errors.ts';
import type { IcebergPorts, SqlEngine } from './ports.ts';
import { textLiteral } from './sql-text.ts';

/** A file of a table as its manifest records it. */
export interface RecordedFile {
  filePath: string;
  sizeBytes: number;
}

/** Where the SQL engine finds files of a table. */
export interface LocalPaths {
  /** The local path of a file by its URI. */
  of(uri: string): string;
  /** The URI of a file by its local path. */
  uriOf(path: string): string | undefined;
}

/** Files that an operation opened, by local path. */
export type OpenedFiles = Map<string, RecordedFile>;

/** Ports of one operation: their engine tells which of the opened files makes a statement fail. */
export interface ReadingPorts extends IcebergPorts {
  opened: OpenedFiles;
}

/** Ports for one operation. */
export function watchReads(ports: IcebergPorts): ReadingPorts {
  const opened: OpenedFiles = new Map();
  const explained = async (sql: string, error: unknown): Promise<never> => {
    throw await explainFailure(ports.engine, opened, sql, error);
  };
  const engine: SqlEngine = {
    run: (sql) => ports.engine.run(sql).catch((error: unknown) => explained(sql, error)),
    rows: (sql) => ports.engine.rows(sql).catch((error: unknown) => explained(sql, error)),
  };
  return { ...ports, engine, opened };
}

/** Asks for the local paths of files, each once; MissingFileError names one that the store does not have. */
export async function localise({ io, opened }: ReadingPorts, files: Iterable<RecordedFile>): Promise<LocalPaths> {
  const distinct = [...new Map([...files].map((file) => [file.filePath, file])).values()];
  const uris = distinct.map((file) => file.filePath);
  const paths = uris.length === 0 ? [] : await io.localPaths(uris).catch(async (cause: unknown) => {
    const stored = await Promise.all(uris.map((uri) => io.exists(uri)));
    const missing = uris[stored.indexOf(false)];
    throw missing === undefined ? cause : new MissingFileError(missing, { cause });
  });
  distinct.forEach((file, index) => opened.set(paths[index] ?? '', file));
  const byUri = new Map(uris.map((uri, index) => [uri, paths[index]]));
  return {
    of(uri) {
      const path = byUri.get(uri);
      if (path === undefined) throw new Error(`localPaths: found no path for ${uri}, expected one for each URI`);
      return path;
    },
    uriOf: (path) => opened.get(path)?.filePath,
  };
}

/** What to throw for an error of the engine: the file that is to blame, found by its size or by the error, else the error itself. */
export async function explainFailure(engine: SqlEngine, opened: OpenedFiles, sql: string, error: unknown): Promise<unknown> {
  const read = [...opened].filter(([path]) => sql.includes(textLiteral(path)));
  if (read.length === 0 || error instanceof IcebergError) return error;
  const rows = await engine.rows(`SELECT filename, size FROM read_blob([${read.map(([path]) => textLiteral(path)).join(', ')}])`).catch(() => []);
  const sizes = new Map(rows.map((row) => [String(row['filename']), Number(row['size'])]));
  const cause = { cause: error };
  const message = error instanceof Error ? error.message : String(error);
  for (const [path, { filePath, sizeBytes }] of read) {
    const size = sizes.get(path);
    if (size === undefined && message.includes(path)) return new MissingFileError(filePath, cause);
    if (size !== undefined && size !== sizeBytes) return new CorruptFileError(filePath, `${size} bytes`, `${sizeBytes} bytes, as the manifest says`, cause);
  }
  const named = read.find(([path]) => message.includes(path)) ?? (await firstUnreadable(engine, read, message));
  return named ? new CorruptFileError(named[1].filePath, `what the SQL engine cannot read (${message.split('\n', 1)[0]})`, 'a whole Parquet file', cause) : error;
}

/** Errors of the reader that do not name the file: of page headers and of decompression. */
const unnamedDamage = /Invalid Error|Invalid data|decompress|Parquet|parquet/;

/** Reads file by file, as far as the error can come from one of them. */
async function firstUnreadable(engine: SqlEngine, files: readonly [path: string, file: RecordedFile][], message: string): Promise<[string, RecordedFile] | undefined> {
  if (!unnamedDamage.test(message)) return undefined;
  for (const file of files) {
    const hashes = `SELECT hash(COLUMNS(*)) FROM read_parquet(${textLiteral(file[0])}, hive_partitioning = false)`;
    const isReadable = await engine.rows(`SELECT max(COLUMNS(*)) FROM (${hashes})`).then(() => true, () => false);
    if (!isReadable) return file;
  }
  return undefined;
}
