import { TerminalError } from './errors.ts';

const maxKeyBytes = 1024;
const maxSegmentBytes = 255;
const firstPrintable = ' ';

/** Throws a TerminalError unless the key can be an object of every store: relative, visible segments, bounded length. */
export function checkObjectKey(key: string): void {
  const problem = keyProblem(key);
  if (problem) throw new TerminalError(`object key ${JSON.stringify(key.slice(0, 200))} ${problem}`);
}

/** Whether the key can be an object of every store; listings leave out what others put under other keys. */
export function isObjectKey(key: string): boolean {
  return keyProblem(key) === undefined;
}

/** Whether a file name found in a folder can be a segment of a key; others are invisible. */
export function isKeySegment(name: string): boolean {
  return segmentProblem(name) === undefined;
}

function keyProblem(key: string): string | undefined {
  const sizeBytes = Buffer.byteLength(key);
  if (sizeBytes > maxKeyBytes) return `has ${sizeBytes} bytes; expected at most ${maxKeyBytes}; shorten it`;
  for (const segment of key.split('/')) {
    const problem = segmentProblem(segment);
    if (problem) return problem;
  }
  return undefined;
}

function segmentProblem(segment: string): string | undefined {
  if (segment === '') return 'has an empty segment; expected names joined by single slashes, none leading; remove the extra slash';
  if (segment.startsWith('.')) return 'has a segment that begins with a dot; expected none, as such files are hidden; rename it';
  if (segment.includes('\\') || [...segment].some((char) => char < firstPrintable)) {
    return 'has a backslash or a control character; expected none; rename it';
  }
  if (!segment.isWellFormed()) return 'is not well-formed Unicode; expected paired surrogates; rename it';
  const sizeBytes = Buffer.byteLength(segment);
  return sizeBytes > maxSegmentBytes ? `has a segment of ${sizeBytes} bytes; expected at most ${maxSegmentBytes}; shorten it` : undefined;
}
