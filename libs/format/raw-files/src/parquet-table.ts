import { TerminalError } from '@data-master/ports';
import { parquetMetadata, parquetSchema, type FileMetaData, type RowGroup, type SchemaTree } from 'hyparquet';
import type { ByteRanges } from './byte-ranges.ts';
import { parse, readPages, type LeafColumn, type Page } from './parquet-pages.ts';
import { parquetValueText, type ValueText } from './parquet-values.ts';
import type { Cell, TableReader } from './table-reader.ts';

const maximumFooterBytes = 64 * 1024 * 1024;
const batchRows = 4096;

/** The rows of a Parquet file; a page of each column is in memory at a time, however large a row group is. */
export async function openParquet(ranges: ByteRanges, name: string): Promise<TableReader> {
  const metadata = await readMetadata(ranges, name);
  const leaves = leavesOf(parse(name, () => parquetSchema(metadata)), name);
  const texts = leaves.map(({ name: column, path }) => parquetValueText((path[path.length - 1] as SchemaTree).element, column, name));
  return {
    columns: leaves.map((leaf) => leaf.name),
    rowCount: Number(metadata.num_rows),
    rows: () => readRows(ranges, metadata, leaves, texts, name),
  };
}

async function readMetadata(ranges: ByteRanges, name: string): Promise<FileMetaData> {
  const { sizeBytes } = ranges;
  const tail = Buffer.from(await ranges.read(Math.max(0, sizeBytes - 8), sizeBytes));
  if (sizeBytes < 12 || tail.toString('latin1', 4) !== 'PAR1') throw new TerminalError(`${name} is a Parquet file that does not end as one; expected a whole file; write it again`);
  const footerBytes = tail.readUInt32LE(0);
  if (footerBytes > maximumFooterBytes) throw new TerminalError(`${name} has a footer of ${footerBytes} bytes; expected at most ${maximumFooterBytes}; write it with fewer row groups`);
  const footer = await ranges.read(sizeBytes - 8 - footerBytes, sizeBytes);
  return parse(name, () => parquetMetadata(footer, { geoparquet: false }));
}

/** The columns with values; what has several values in a row is a TerminalError. */
function leavesOf(node: SchemaTree, name: string, path: SchemaTree[] = []): LeafColumn[] {
  const own = [...path, node];
  const column = node.path.join('.');
  if (path.length > 0 && node.element.repetition_type === 'REPEATED') throw new TerminalError(`column ${column} of ${name} has several values in a row; expected one; write it as text or leave it out`);
  if (node.children.length > 0) return node.children.flatMap((child) => leavesOf(child, name, own));
  return path.length === 0 ? [] : [{ name: column, path: own }];
}

async function* readRows(ranges: ByteRanges, metadata: FileMetaData, leaves: readonly LeafColumn[], texts: readonly ValueText[], name: string): AsyncGenerator<Cell[][]> {
  let rows = 0;
  for (const group of metadata.row_groups) {
    const cursors = leaves.map((leaf, index) => createCursor(pagesOf(ranges, group, leaf, index, name)));
    for (let left = Number(group.num_rows); left > 0;) {
      for (const cursor of cursors) await cursor.advance();
      const count = Math.min(batchRows, left, ...cursors.map(({ available }) => available()));
      if (!(count > 0)) throw new TerminalError(`${name} has row groups with ${left} rows more than values; expected as many; write it again`);
      const batch: Cell[][] = Array.from({ length: count }, () => new Array<Cell>(leaves.length));
      for (const [column, cursor] of cursors.entries()) cursor.take(batch, column, texts[column] as ValueText);
      left -= count;
      rows += count;
      yield batch;
    }
  }
  if (rows !== Number(metadata.num_rows)) throw new TerminalError(`${name} has ${rows} rows in its row groups; expected ${metadata.num_rows}; write it again`);
}

function pagesOf(ranges: ByteRanges, group: RowGroup, leaf: LeafColumn, index: number, name: string): AsyncGenerator<Page> {
  const chunk = group.columns[index];
  if (!chunk?.meta_data || chunk.file_path) throw new TerminalError(`column ${leaf.name} of ${name} is not in the file${chunk?.file_path ? ' but in another' : ''}; expected whole columns without encryption; write it again`);
  return readPages(ranges, leaf, chunk.meta_data, name);
}

function createCursor(pages: AsyncGenerator<Page>) {
  let page: Page = [];
  let offset = 0;
  return {
    /** Reads the next page when this one is done with. */
    advance: async (): Promise<void> => {
      if (offset < page.length) return;
      const next = await pages.next();
      page = next.done ? [] : next.value;
      offset = 0;
    },
    available: () => page.length - offset,
    take: (batch: Cell[][], column: number, text: ValueText): void => {
      for (const row of batch) {
        const value = page[offset++] ?? null;
        row[column] = value === null ? null : text(value);
      }
    },
  };
}
