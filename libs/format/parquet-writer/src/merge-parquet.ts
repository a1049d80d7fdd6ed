import { appendRowGroups, encodeFooter, parquetMagic, splitParquet } from './parquet-footer.ts';
import type { ThriftStruct } from './thrift-compact.ts';

/**
 * One Parquet file out of whole Parquet files of one schema, row groups in the order of the parts. Bodies are passed
 * on as they are, so that only one part and the footer are in memory.
 */
export async function* mergeParquet(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield parquetMagic;
  let written = parquetMagic.length;
  let footer: ThriftStruct | undefined;
  for await (const part of parts) {
    const { body, footer: next } = splitParquet(part);
    if (footer) appendRowGroups(footer, next, written - parquetMagic.length);
    else footer = next;
    yield body;
    written += body.length;
  }
  if (!footer) throw new Error('no Parquet part to merge; expected at least one');
  yield encodeFooter(footer);
}
