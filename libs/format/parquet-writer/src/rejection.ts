/** A record that is no row, as it goes to quarantine; free of clear personal data. */
export interface Rejection {
  /** Physical line of the raw object where the record begins, from 1. */
  line: number;
  /** Number of the record in the raw object, from 1, header not counted. */
  row: number;
  column?: string;
  reason: string;
  /** The record with personal columns treated; cut when long. */
  original: string;
}

/** The line of NDJSON for a rejection. */
export function formatRejection({ line, row, column, reason, original }: Rejection): string {
  return `${JSON.stringify({ line, row, ...(column !== undefined && { column }), reason, original: original.toWellFormed() })}\n`;
}
