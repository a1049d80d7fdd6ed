/** What a store knows of an object without reading it. */
export interface ObjectInfo {
  /** Forward slashes, no leading slash, relative to the store. */
  key: string;
  sizeBytes: number;
  modifiedAt: Date;
}

export type ObjectBody = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Objects by key. A write is atomic: a reader sees the old bytes or the new ones, never a part, and what `write`
 * acknowledged survives a crash.
 */
export interface ObjectStore {
  head(key: string): Promise<ObjectInfo | undefined>;
  /** Streams the bytes; throws ObjectMissingError at the first read when there is none. */
  read(key: string): AsyncIterable<Uint8Array>;
  /** Bytes `start` (inclusive) to `end` (exclusive, may lie past the end). */
  readRange(key: string, start: number, end: number): Promise<Uint8Array>;
  /** With `ifAbsent`, exactly one of many concurrent writers succeeds and the others get ObjectExistsError. */
  write(key: string, body: ObjectBody, options?: { ifAbsent?: boolean }): Promise<ObjectInfo>;
  /** Objects whose key begins with `prefix`, in ascending key order. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>;
}

/**
 * Reaches objects as files of this machine, for engines that read and write paths only. On one machine the object is
 * the file; in the cloud it is a downloaded copy.
 */
export interface LocalFiles {
  /** A readable path holding the object's bytes, valid until `dispose`. */
  path(key: string): Promise<string>;
  /** A path to be written, private to this instance and gone after `dispose` unless published. */
  scratchPath(fileName: string): Promise<string>;
  /** Streams bytes to a scratch path and returns it; for input that an engine reads better unpacked. */
  writeScratch(fileName: string, body: AsyncIterable<Uint8Array>): Promise<string>;
  /** Makes a finished scratch file the object under `key`, atomically, as ObjectStore.write does. */
  publish(scratchPath: string, key: string, options?: { ifAbsent?: boolean }): Promise<ObjectInfo>;
  dispose(): Promise<void>;
}
