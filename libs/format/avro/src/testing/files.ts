/** A file cut into pieces of these sizes, in turns. */
export async function* inPieces(file: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let start = 0, turn = 0; start < file.length; turn++) {
    const end = start + (sizes[turn % sizes.length] ?? 1);
    yield file.subarray(start, end);
    start = end;
  }
}

export const bytesOf = (chunks: Iterable<Uint8Array>): Buffer => Buffer.concat([...chunks]);

/** All records of a reader. */
export async function readAll<T>(batches: AsyncIterable<T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}
