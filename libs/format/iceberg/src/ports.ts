/** An object as a listing gives it. */
export interface StoredFile {
  uri: string;
  sizeBytes: number;
  modifiedMs: number;
}

/** Bytes of objects by URI or path; a URI is always the table's location followed by a relative path. */
export interface FileIO {
  /** Rejects when the object does not exist. */
  read(uri: string): Promise<Uint8Array>;
  /** Creates or replaces; readers see the old bytes or the new ones, never a part. */
  write(uri: string, bytes: Uint8Array): Promise<void>;
  /** Creates with all its bytes or not at all; false when it exists already. */
  createExclusive(uri: string, bytes: Uint8Array): Promise<boolean>;
  exists(uri: string): Promise<boolean>;
  /** Removes one object, or the file of a prepared folder that was to become it; no error when there is none. */
  remove(uri: string): Promise<void>;
  /** URIs of all objects at any depth under a folder URI that ends with a slash; empty when there are none. */
  list(folderUri: string): Promise<string[]>;
  /** Like `list`, with sizes and times of the last change; only `removeOrphanFiles` needs it. */
  listFiles?(folderUri: string): Promise<StoredFile[]>;
  /**
   * Paths under which the SQL engine reads these data files, in their order; a store elsewhere fetches them first. Rejects when
   * one does not exist. The bytes at a URI never change, so that copies may be kept, and each must stay until the SQL that was
   * built on its path has run.
   */
  localPaths(uris: readonly string[]): Promise<string[]>;
  /** Path of a folder into which the SQL engine writes what is to become files below this URI, which ends with a slash. */
  prepareFolder(folderUri: string): Promise<string>;
  /**
   * Stores files that the SQL engine wrote below prepared folders, all of them before a commit refers to any; nothing to do
   * where that folder is the store's own. After a failure or a crash in between they are orphans at most.
   */
  publishFiles(uris: readonly string[]): Promise<void>;
  /** Removes everything that was written below a prepared folder, whether published or not. */
  discardFolder(folderUri: string): Promise<void>;
}

/**
 * One session of a SQL engine that speaks DuckDB's dialect: temporary tables made by one call are seen by the next.
 *
 * Rows hold plain values as `getRowObjectsJS` of @duckdb/node-api gives them: VARCHAR as string, BOOLEAN as boolean,
 * INTEGER as number, BIGINT as bigint, LIST as array, MAP as array of `{key, value}`, NULL as null.
 */
export interface SqlEngine {
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<Record<string, unknown>[]>;
}

/** All that the package needs from outside. */
export interface IcebergPorts {
  io: FileIO;
  engine: SqlEngine;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A new random UUID, in its usual form with dashes. */
  newUuid(): string;
}
