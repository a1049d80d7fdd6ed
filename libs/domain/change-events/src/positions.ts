const lsn = /\b([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})\b/g;
const pad = (text: string, length: number): string => text.padStart(length, '0');

/**
 * The position of a change in PostgreSQL's log: where its transaction was committed, and which of its changes it is
 * (from 1). Compares as text in the order of the changes. Inverse of `parseLogPosition`.
 */
export function formatLogPosition(commitLsn: bigint, ordinal: number): string {
  return `${formatLsn(commitLsn)}.${pad(String(ordinal), 20)}`;
}

export function parseLogPosition(text: string): { commitLsn: bigint; ordinal: number } | undefined {
  const match = /^([0-9A-F]{8}\/[0-9A-F]{8})\.(\d{20})$/.exec(text);
  return match ? { commitLsn: parseLsn(match[1]!)!, ordinal: Number(match[2]) } : undefined;
}

/** A log sequence number as PostgreSQL writes it, padded so that it compares as text. Inverse of `parseLsn`. */
export function formatLsn(value: bigint): string {
  const hex = pad(value.toString(16).toUpperCase(), 16);
  return `${hex.slice(0, 8)}/${hex.slice(8)}`;
}

/** Reads a log sequence number, padded or not; undefined when the text is none. */
export function parseLsn(text: string): bigint | undefined {
  const match = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text);
  return match ? (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`) : undefined;
}

/** The position of a row change in a binary log: number of its file, offset in it, which row of the event (from 1). */
export function formatBinlogPosition(file: number, offset: number, ordinal: number): string {
  return `${pad(String(file), 20)}:${pad(String(offset), 20)}:${pad(String(ordinal), 20)}`;
}

/**
 * A position of any writer in a form that compares as text: log sequence numbers in upper-case hexadecimal of twice
 * eight digits, other numbers of twenty. What the functions above write is so already.
 */
export function comparablePosition(position: string): string {
  let rest = 0;
  let comparable = '';
  for (const match of position.matchAll(lsn)) {
    comparable += padNumbers(position.slice(rest, match.index)) + `${pad(match[1]!.toUpperCase(), 8)}/${pad(match[2]!.toUpperCase(), 8)}`;
    rest = match.index + match[0].length;
  }
  return comparable + padNumbers(position.slice(rest));
}

function padNumbers(text: string): string {
  return text.replace(/\d+/g, (digits) => pad(digits, 20));
}
