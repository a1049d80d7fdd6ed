/** Base of every error that the lake raises on purpose; the message holds the actual value, the expected value and the remedy. */
export class LakeError extends Error {
  override readonly name: string = 'LakeError';
}

/** A repetition may succeed: throttling, a lost connection, a lease held by somebody else, a full disk. */
export class TransientError extends LakeError {
  override readonly name: string = 'TransientError';
}

/** A repetition gives the same result until the input or the configuration changes. */
export class TerminalError extends LakeError {
  override readonly name: string = 'TerminalError';
}

/** `write` with `ifAbsent` met an object under the same key. */
export class ObjectExistsError extends TerminalError {
  override readonly name: string = 'ObjectExistsError';
  constructor(key: string) {
    super(`object ${key} exists; expected none under this key; read it or choose another key`);
  }
}

/** A read met no object under the key. */
export class ObjectMissingError extends TerminalError {
  override readonly name: string = 'ObjectMissingError';
  constructor(key: string) {
    super(`object ${key} does not exist; expected it to have been written; list its prefix to see what is there`);
  }
}
