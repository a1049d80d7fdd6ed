/** A record that is no row, as it goes to quarantine; free of clear personal data. */
export interface Rejection {
  /** The file of a zip archive that holds the record. */
  entry?: string;
  /** Where the record begins in its file: physical line of a text, row of a sheet, else the record's number there; from 1. */
  line: number;
  /** Number of the record in the raw object, from 1, header not counted. */
  row: number;
  column?: string;
  reason: string;
  /** The record with personal columns treated; cut when long. */
  original: string;
}

/** Where records of a file are found. */
export interface FilePlace {
  entry?: string;
  /** For a file without lines: where a record is, by its number in the file; asked in rising order. */
  lineOf?: (row: number) => number;
}

/** The line of NDJSON for a rejection in a file whose first record has the number `firstRow`. */
export function formatRejection({ line, row, column, reason, original }: Rejection, { entry, lineOf }: FilePlace, firstRow: number): string {
  const place = lineOf ? lineOf(row - firstRow + 1) : line;
  return `${JSON.stringify({ ...(entry !== undefined && { entry }), line: place, row, ...(column !== undefined && { column }), reason, original: original.toWellFormed() })}\n`;
}
