const escapes: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** Reads the text format of COPY; yields rows in batches of about `batchBytes`. */
export async function* readCopyRows(chunks: AsyncIterable<Buffer>, batchBytes: number): AsyncGenerator<(string | null)[][]> {
  let rest: Buffer[] = [];
  let rows: (string | null)[][] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(10) + 1;
    if (end === 0) {
      rest.push(chunk);
      continue;
    }
    const whole = rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...rest, chunk.subarray(0, end)]);
    rest = end < chunk.length ? [chunk.subarray(end)] : [];
    for (const line of whole.toString('utf8', 0, whole.length - 1).split('\n')) rows.push(line.split('\t').map(readCell));
    sizeBytes += whole.length;
    if (sizeBytes < batchBytes) continue;
    yield rows;
    rows = [];
    sizeBytes = 0;
  }
  if (rows.length > 0) yield rows;
}

function readCell(text: string): string | null {
  if (text === '\\N') return null;
  return text.includes('\\') ? text.replace(/\\(.)/gs, (_match, char: string) => escapes[char] ?? char) : text;
}
