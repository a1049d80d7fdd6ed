/** Microseconds since 1970 as `YYYY-MM-DDTHH:MM:SS.ffffffZ`. */
export function formatMicros(micros: bigint): string {
  const milliseconds = Number(micros / 1000n);
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${String(micros % 1000n).padStart(3, '0')}Z`;
}

/** The inverse; also of instants with a blank, fewer digits or an offset. */
export function parseMicros(instant: string): bigint {
  const [, start = '', fraction = '', zone = ''] = /^(.{19})(?:\.(\d{1,6}))?(.*)$/.exec(instant.replace(' ', 'T')) ?? [];
  return BigInt(Date.parse(start + (zone === '' ? 'Z' : zone.replace(/^([+-]\d\d)$/, '$1:00')))) * 1000n + BigInt(fraction.padEnd(6, '0'));
}
