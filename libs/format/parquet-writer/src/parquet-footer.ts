import { decodeThrift, encodeThrift, thriftType, type ThriftField, type ThriftList, type ThriftStruct } from './thrift-compact.ts';

export const parquetMagic: Uint8Array = Buffer.from('PAR1');

/** Field ids of the structs in parquet.thrift. */
const fileMetaData = { schema: 2, numRows: 3, rowGroups: 4 };
const schemaElement = { name: 4 };
const rowGroup = { columns: 1, fileOffset: 5, ordinal: 7 };
const columnChunk = { fileOffset: 2, metaData: 3, offsetIndexOffset: 4, columnIndexOffset: 6 };
const columnMetaData = { dataPageOffset: 9, indexPageOffset: 10, dictionaryPageOffset: 11, bloomFilterOffset: 14 };

/** A Parquet file taken apart: everything between the leading magic and the footer, and the footer. */
export interface ParquetParts {
  body: Uint8Array;
  footer: ThriftStruct;
}

/** Takes a whole Parquet file apart; the body begins at offset 4 of the file. */
export function splitParquet(file: Uint8Array): ParquetParts {
  const footer = footerBytes(file);
  // A copy, because the values of a decoded footer are views that would keep the whole file in memory.
  return { body: file.subarray(4, file.length - 8 - footer.length), footer: decodeThrift(Uint8Array.from(footer)) };
}

/** The footer of bytes that end as a Parquet file does; the inverse of `encodeFooter`. */
export function decodeFooter(tail: Uint8Array): ThriftStruct {
  return decodeThrift(footerBytes(tail));
}

function footerBytes(file: Uint8Array): Uint8Array {
  const end = file.length - 8;
  const length = end >= 0 ? new DataView(file.buffer, file.byteOffset).getUint32(end, true) : 0;
  if (end < 0 || Buffer.compare(file.subarray(end + 4), parquetMagic) !== 0 || length > end) {
    throw new Error(`${file.length} bytes do not end as a Parquet file; expected a footer, its length and PAR1`);
  }
  return file.subarray(end - length, end);
}

/** Footer, its length and the closing magic. */
export function encodeFooter(footer: ThriftStruct): Uint8Array {
  const encoded = encodeThrift(footer);
  const bytes = Buffer.alloc(encoded.length + 8);
  bytes.set(encoded);
  bytes.writeUInt32LE(encoded.length, encoded.length);
  bytes.set(parquetMagic, encoded.length + 4);
  return bytes;
}

/** Adds the row groups of `next`, whose body was placed `shiftBytes` further on, to `footer`; both have one schema. */
export function appendRowGroups(footer: ThriftStruct, next: ThriftStruct, shiftBytes: number): void {
  const groups = listOf(footer, fileMetaData.rowGroups);
  for (const item of listOf(next, fileMetaData.rowGroups).items) {
    const group = item as ThriftStruct;
    shift(group, rowGroup.fileOffset, shiftBytes);
    group.set(rowGroup.ordinal, { type: thriftType.i16, value: BigInt(Math.min(groups.items.length, 32_767)) });
    for (const each of listOf(group, rowGroup.columns).items) {
      const chunk = each as ThriftStruct;
      for (const id of [columnChunk.fileOffset, columnChunk.offsetIndexOffset, columnChunk.columnIndexOffset]) shift(chunk, id, shiftBytes);
      const metaData = chunk.get(columnChunk.metaData)?.value;
      if (metaData instanceof Map) for (const id of Object.values(columnMetaData)) shift(metaData, id, shiftBytes);
    }
    groups.items.push(group);
  }
  const rows = required(footer, fileMetaData.numRows);
  rows.value = (rows.value as bigint) + (required(next, fileMetaData.numRows).value as bigint);
}

/** Visits the schema element of every leaf column of a flat schema. */
export function visitColumns(footer: ThriftStruct, visit: (name: string, element: ThriftStruct) => void): void {
  for (const item of listOf(footer, fileMetaData.schema).items.slice(1)) {
    const element = item as ThriftStruct;
    visit(Buffer.from(required(element, schemaElement.name).value as Uint8Array).toString(), element);
  }
}

function shift(struct: ThriftStruct, id: number, bytes: number): void {
  const field = struct.get(id);
  if (field && typeof field.value === 'bigint' && field.value > 0n) field.value += BigInt(bytes);
}

function required(struct: ThriftStruct, id: number): ThriftField {
  const field = struct.get(id);
  if (!field) throw new Error(`a Parquet footer lacks field ${id}; expected it as parquet.thrift requires`);
  return field;
}

function listOf(struct: ThriftStruct, id: number): ThriftList {
  return required(struct, id).value as ThriftList;
}
