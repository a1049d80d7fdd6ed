/** Microseconds since 1970 as `YYYY-MM-DDTHH:MM:SS.ffffffZ`. */
export function formatMicros(micros: bigint): string {
  const milliseconds = Number(micros / 1000n);
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${String(micros % 1000n).padStart(3, '0')}Z`;
}
