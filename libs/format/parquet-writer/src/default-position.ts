/** The position of rows that bring none: the file name of the raw object, which sorts by time and is one for a file. */
export function defaultPosition(rawKey: string): string {
  return rawKey.slice(rawKey.lastIndexOf('/') + 1);
}
