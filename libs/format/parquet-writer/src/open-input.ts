import { TerminalError, type ObjectStore } from '@data-master/ports';
import { readBlocks, type Block, type BlockOptions } from './block-reader.ts';
import { readDecompressed } from './byte-source.ts';
import type { ConvertCommand } from './convert-command.ts';
import { blankLine } from './csv-block-reader.ts';
import { frameCsvRecord, type CsvFrame } from './csv-framer.ts';
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
  const first = await nextBlock(blocks);
  const head = first?.bytes.toString('latin1', 0, Math.min(first.length, 4096)).trimStart()[0];
  if (!first || head === undefined) throw new TerminalError(`object ${rawKey} holds no data; expected CSV with a header or one JSON object per line; write it again`);
  if (head === '[') throw new TerminalError(`object ${rawKey} begins with [; expected CSV with a header or one JSON object per line; write each element as a line`);
  if (head === '{') return { format: 'ndjson', columns: inputColumns(table), firstLine: 1, blocks: chain(first, blocks) };

  const { block, header, firstLine } = await readHeader(first, blocks);
  if (!header?.cells) throw new TerminalError(`the header of ${rawKey} cannot be read: ${header?.problem ?? 'its line does not end'}; correct the first line`);
  const columns = matchHeader(table, rawKey, header.cells.map((cell) => cell ?? ''));
  return { format: 'csv', columns, firstLine, blocks: chain(block, blocks) };
}

/** The first record that is no blank line, in a block long enough to hold it. */
async function readHeader(first: Block, blocks: AsyncGenerator<Block>): Promise<{ block: Block; header?: CsvFrame; firstLine: number }> {
  let firstLine = 1;
  for (let block: Block | undefined = first, last = first; ; last = block, block = await nextBlock(blocks)) {
    if (!block) return { block: last, firstLine };
    for (let blank = blankLine(block.bytes, block.consumed); blank > 0 && block.consumed < block.length; blank = blankLine(block.bytes, block.consumed)) {
      block.consumed += blank;
      firstLine += 1;
    }
    const header = block.consumed < block.length ? frameCsvRecord(block, block.consumed) : undefined;
    if (!header) continue;
    block.consumed = header.next;
    return { block, header, firstLine: firstLine + header.lines };
  }
}

async function nextBlock(blocks: AsyncGenerator<Block>): Promise<Block | undefined> {
  const next = await blocks.next();
  return next.done ? undefined : next.value;
}

async function* chain(first: Block, rest: AsyncGenerator<Block>): AsyncGenerator<Block> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
