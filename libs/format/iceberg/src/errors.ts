/** Base of every error of this package; the message names the actual value, the expected one and the remedy. */
export class IcebergError extends Error {
  override name = 'IcebergError';
}

/** A metadata, manifest or data file that is missing, truncated or not what it should be; nothing was read from it. */
export class CorruptFileError extends IcebergError {
  override name = 'CorruptFileError';
  readonly file: string;
  readonly found: string;
  readonly expected: string;

  constructor(file: string, found: string, expected: string, options?: ErrorOptions) {
    super(`${file}: found ${found}, expected ${expected}; restore the file from a copy or an earlier table version`, options);
    this.file = file;
    this.found = found;
    this.expected = expected;
  }
}

/** A file that the table refers to and that the store does not have. */
export class MissingFileError extends IcebergError {
  override name = 'MissingFileError';
  readonly file: string;

  constructor(file: string, options?: ErrorOptions) {
    super(`${file}: found no such file, expected the one that the table refers to; restore it`, options);
    this.file = file;
  }
}

/** A valid table that uses a part of the format which this package does not handle; reading it in part would be wrong. */
export class UnsupportedFeatureError extends IcebergError {
  override name = 'UnsupportedFeatureError';
  readonly file: string;
  readonly found: string;

  constructor(file: string, found: string, expected: string) {
    super(`${file}: found ${found}, which is not supported; expected ${expected}`);
    this.file = file;
    this.found = found;
  }
}

/** Delete files that this package cannot read: ignoring them would return deleted rows as live. */
export class DeleteFilesError extends UnsupportedFeatureError {
  override name = 'DeleteFilesError';
}

/** A schema, partition spec, value or option that the caller passed and that cannot be used. */
export class InvalidArgumentError extends IcebergError {
  override name = 'InvalidArgumentError';
}

/** A change that would make stored rows unreadable or wrong; the schema stays as it is. */
export class IllegalSchemaChangeError extends InvalidArgumentError {
  override name = 'IllegalSchemaChangeError';
  readonly column: string;

  constructor(column: string, found: string, expected: string, options?: ErrorOptions) {
    super(`${column}: found ${found}, expected ${expected}; the schema was not changed`, options);
    this.column = column;
  }
}

/** `createTable` found a table where it was to create one. */
export class TableExistsError extends IcebergError {
  override name = 'TableExistsError';
}

/** `loadTable` found no table. */
export class TableNotFoundError extends IcebergError {
  override name = 'TableNotFoundError';
}

/** Rows without a value in a required column; nothing was committed. */
export class RequiredColumnError extends IcebergError {
  override name = 'RequiredColumnError';
  readonly column: string;
  readonly nullRows: number;

  constructor(column: string, nullRows: number) {
    super(`required column "${column}": found ${nullRows} row(s) without a value, expected 0; nothing was committed, fill or filter them`);
    this.column = column;
    this.nullRows = nullRows;
  }
}

/** Rows that belong to partitions which `overwritePartitions` was not told to replace; nothing was committed. */
export class PartitionMismatchError extends IcebergError {
  override name = 'PartitionMismatchError';
}

/** A merge source with several rows for one key; nothing was committed. */
export class DuplicateSourceKeyError extends IcebergError {
  override name = 'DuplicateSourceKeyError';
  readonly duplicateKeys: number;

  constructor(on: readonly string[], duplicateKeys: number, example: string) {
    super(
      `merge source: found ${duplicateKeys} key(s) (${on.join(', ')}) with several rows, for example ${example}; expected one row a key, keep the latest`,
    );
    this.duplicateKeys = duplicateKeys;
  }
}

/** Another writer changed what this operation rests on, or won every retry; nothing of this operation was committed. */
export class CommitConflictError extends IcebergError {
  override name = 'CommitConflictError';
}

/** The catalog neither confirmed nor denied the commit and reading back failed: the files were left in place. */
export class CommitUnknownError extends IcebergError {
  override name = 'CommitUnknownError';
}
