import { redactText } from '@data-master/pii-masking';
import { TerminalError, type ObjectStore } from '@data-master/ports';
import { openRawFiles, type RawFile } from '@data-master/raw-files';
import type { LineLayout } from '@data-master/table-contracts';
import { readBlocks, type Block, type BlockOptions } from './block-reader.ts';
import type { ConvertCommand } from './convert-command.ts';
import { blankLine } from './csv-block-reader.ts';
import { frameCsvRecord, type CsvFrame } from './csv-framer.ts';
import { headerForms, inputColumns, matchHeader, type InputColumn } from './input-columns.ts';
import type { FilePlace } from './rejection.ts';
import { formatCsv } from './table-csv.ts';

/** A file whose form is known, ready to be read record by record. */
export type Input = FilePlace & {
  columns: InputColumn[];
  /** The header is consumed. */
  blocks: AsyncGenerator<Block>;
} & (
  | { format: 'csv'; /** Physical line at which the records begin. */ firstLine: number }
  | { format: 'ndjson' }
  | { format: 'lines'; lines: LineLayout }
);

/**
 * The files of an object, each to be read to its end before the next is asked for: decompressed, told by their content,
 * their headers matched. No data, a foreign header, or files of several kinds are a TerminalError.
 */
export async function* openInputs(store: ObjectStore, command: ConvertCommand, options?: BlockOptions): AsyncGenerator<Input> {
  let firstKind: string | undefined;
  for await (const file of openRawFiles(store, command.rawKey, { ...(command.onProgress && { onProgress: command.onProgress }) })) {
    const input = file.kind === 'text' ? await openText(file, command, options) : await openTable(file, command, options);
    const kind = file.kind === 'text' ? input.format : file.kind;
    firstKind ??= kind;
    if (kind !== firstKind) throw new TerminalError(`${file.name} is ${kind} and the file before it is ${firstKind}; expected files of one kind; pack each kind into an archive of its own`);
    yield { ...input, ...(file.entry !== undefined && { entry: redactText(file.entry) }) };
  }
}

async function openText({ name, bytes }: Extract<RawFile, { kind: 'text' }>, { table, layout = table.layout }: ConvertCommand, options?: BlockOptions): Promise<Input> {
  const blocks = readBlocks(bytes, options);
  const first = await nextBlock(blocks);
  const head = first?.bytes.toString('latin1', 0, Math.min(first.length, 4096)).trimStart()[0];
  if (!first || head === undefined) throw new TerminalError(`${name} holds no data; expected CSV with a header or one JSON object per line; write it again`);
  if (layout?.lines) return { format: 'lines', lines: layout.lines, columns: inputColumns(table), blocks: chain(first, blocks) };
  if (head === '[') throw new TerminalError(`${name} begins with [; expected CSV with a header or one JSON object per line; write each element as a line`);
  if (head === '{') return { format: 'ndjson', columns: inputColumns(table), blocks: chain(first, blocks) };

  const { block, header, firstLine } = await readHeader(first, blocks);
  if (!header?.cells) throw new TerminalError(`the header of ${name} cannot be read: ${header?.problem ?? 'its line does not end'}; correct the first line`);
  const columns = matchHeader(table, name, header.cells.map((cell) => cell ?? ''));
  return { format: 'csv', columns, firstLine, blocks: chain(block, blocks) };
}

/**
 * Rows of a table come as CSV, so that they are judged as any other and each engine reads them. Columns that the file
 * lacks are empty; a row of one cell gets a second, so that no row is an empty line.
 */
async function openTable(file: Extract<RawFile, { open: unknown }>, { table, layout = table.layout }: ConvertCommand, options?: BlockOptions): Promise<Input> {
  const reader = await file.open({ ...(layout?.sheet !== undefined && { sheet: layout.sheet }) });
  const matched = matchHeader(table, file.name, reader.columns, file.kind === 'xlsx' ? headerForms.names : headerForms.schema);
  const others = inputColumns(table).filter(({ column }) => !matched.some((each) => each.column.name === column.name));
  const wanted = others.filter(({ column }) => table.columns[column.name]);
  const lacking = matched.length + wanted.length > 1 ? wanted : others.slice(0, 1);
  const columns = [...matched, ...lacking];
  const blocks = readBlocks(formatCsv(reader.rows(matched.map(({ column }) => column)), lacking.length), options);
  return { format: 'csv', columns, firstLine: 1, lineOf: reader.lineOf ?? ((row) => row), blocks };
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
