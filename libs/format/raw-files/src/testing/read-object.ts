import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Column, LogicalType } from '@data-master/table-contracts';
import { createMemoryObjectStore } from '@data-master/testing';
import { openRawFiles, type Cell, type RawFilesOptions } from '../index.ts';

/** A file of a raw object, read to its end. */
export interface ReadFile {
  name: string;
  entry?: string;
  kind: string;
  text?: string;
  columns?: string[];
  rows?: (string | null)[][];
  /** Where each row is found. */
  lines?: number[];
}

export interface ReadOptions extends RawFilesOptions {
  sheet?: string;
  /** Types of the columns that are no text. */
  types?: Record<string, LogicalType>;
}

/** Puts bytes into a store and reads every file of the object. */
export async function readObject(content: Uint8Array, { sheet, types = {}, ...options }: ReadOptions = {}): Promise<ReadFile[]> {
  const store = createMemoryObjectStore();
  await store.write('raw/t/object', content);
  const files: ReadFile[] = [];
  for await (const file of openRawFiles(store, 'raw/t/object', options)) {
    const place = { name: file.name, kind: file.kind, ...(file.entry !== undefined && { entry: file.entry }) };
    if (file.kind === 'text') {
      const pieces: Uint8Array[] = [];
      for await (const piece of file.bytes) pieces.push(piece);
      files.push({ ...place, text: Buffer.concat(pieces).toString() });
      continue;
    }
    const table = await file.open(sheet === undefined ? {} : { sheet });
    const wanted = table.columns.map((name): Column => ({ name, id: 1, type: types[name] ?? 'string', required: false, doc: '' }));
    const rows: (string | null)[][] = [];
    for await (const batch of table.rows(wanted)) rows.push(...batch.map((row) => row.map(cellText)));
    files.push({ ...place, columns: table.columns, rows, lines: rows.map((_, index) => table.lineOf?.(index + 1) ?? index + 1) });
  }
  return files;
}

/** The message with which an object is refused. */
export async function refusal(content: Uint8Array, options?: ReadOptions): Promise<string> {
  const error: unknown = await readObject(content, options).then(() => undefined, (thrown: unknown) => thrown);
  return error instanceof Error ? `${error.name}: ${error.message}` : 'it was read';
}

export const testdata = (name: string): Promise<Buffer> => readFile(join(import.meta.dirname, '../../testdata', name));

/** Bytes that are no UTF-8 are shown as hexadecimal. */
function cellText(cell: Cell): string | null {
  if (cell === null || typeof cell === 'string') return cell;
  const text = Buffer.from(cell).toString();
  return text.includes('\ufffd') ? Buffer.from(cell).toString('hex') : text;
}
