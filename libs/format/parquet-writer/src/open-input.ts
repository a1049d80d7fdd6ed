import { TerminalError, type ObjectStore } from '@data-master/ports';
import { readBlocks, type Block, type BlockOptions } from './block-reader.ts';
import { readDecompressed } from './byte-source.ts';
import type { ConvertCommand } from './convert-command.ts';
import { blankLine } from './csv-block-reader.ts';
import { frameCsvRecord } from './csv-framer.ts';
import { inputColumns, matchHeader, type InputColumn } from './input-columns.ts';

/** A raw object whose form is known, ready to be read record by record. */
export interface Input {
  format: 'csv' | 'ndjson';
  columns: InputColumn[];
  /** Physical line at which the records begin. */
  firstLine: number;
  /** The header is consumed. */
  blocks: AsyncGenerator<Block>;
}

/** Decompresses an object, tells its format and matches its header; no data or a foreign header is a TerminalError. */
export async function openInput(store: ObjectStore, { table, rawKey, onProgress }: ConvertCommand, options?: BlockOptions): Promise<Input> {
  const blocks = readBlocks(readDecompressed(store, rawKey, onProgress), options);
  const { value: first } = await blocks.next();
  const head = first?.bytes.subarray(0, first.length).toString('latin1', 0, 4096).trimStart()[0];
  if (!first || head === undefined) throw new TerminalError(`object ${rawKey} holds no data; expected CSV with a header or one JSON object per line; write it again`);
  if (head === '[') throw new TerminalError(`object ${rawKey} begins with [; expected CSV with a header or one JSON object per line; write each element as a line`);
  const rest = chain(first, blocks);
  if (head === '{') return { format: 'ndjson', columns: inputColumns(table), firstLine: 1, blocks: rest };

  let firstLine = 1;
  for (let blank = blankLine(first.bytes, 0); blank > 0; blank = blankLine(first.bytes, first.consumed)) {
    first.consumed += blank;
    firstLine += 1;
  }
  const header = frameCsvRecord(first, first.consumed);
  if (!header?.cells) throw new TerminalError(`the header of ${rawKey} cannot be read: ${header?.problem ?? 'its line does not end'}; correct the first line`);
  first.consumed = header.next;
  const columns = matchHeader(table, rawKey, header.cells.map((cell) => cell ?? ''));
  return { format: 'csv', columns, firstLine: firstLine + header.lines, blocks: rest };
}

async function* chain(first: Block, rest: AsyncGenerator<Block>): AsyncGenerator<Block> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
