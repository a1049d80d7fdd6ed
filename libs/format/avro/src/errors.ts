import { TerminalError } from '@data-master/ports';

/** A file that is no Avro file, or is damaged or cut; `found` names the place, and neither text holds data. */
export class AvroFileError extends TerminalError {
  override readonly name: string = 'AvroFileError';
  readonly found: string;
  readonly expected: string;

  constructor(found: string, expected: string) {
    super(`found ${found}, expected ${expected}; write the file again`);
    this.found = found;
    this.expected = expected;
  }
}

/** An Avro file in a form that this package does not read. */
export class AvroUnsupportedError extends AvroFileError {
  override readonly name = 'AvroUnsupportedError';
}

/** A value that its Avro type cannot hold. */
export class AvroValueError extends TerminalError {
  override readonly name = 'AvroValueError';
  /** Where in the record it is: names of nested fields joined by dots. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;

  constructor(path: string, found: string, expected: string) {
    super(`${path || 'the record'} is ${found}, expected Avro ${expected}; correct the value or the schema`);
    this.path = path;
    this.found = found;
    this.expected = expected;
  }
}
