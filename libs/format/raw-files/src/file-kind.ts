/** What the first bytes of a file say it is; text is what says nothing. */
export type FileKind = 'gzip' | 'zstd' | 'zip' | 'parquet' | 'avro' | 'text' | { refused: string };

/** As many bytes as the longest signature has. */
export const signatureBytes = 8;

const signatures: readonly (readonly [bytes: string, kind: Exclude<FileKind, 'text'>])[] = [
  ['1f8b', 'gzip'],
  ['28b52ffd', 'zstd'],
  ['504b0304', 'zip'],
  ['504b0506', 'zip'],
  ['50415231', 'parquet'],
  ['4f626a01', 'avro'],
  ['50415245', { refused: 'an encrypted Parquet file; expected one without encryption: write it again' }],
  ['d0cf11e0a1b11ae1', { refused: 'an old .xls or a workbook with a password; expected an .xlsx without one: save it so' }],
  ['377abcaf271c', { refused: 'a 7z archive; expected zip, gzip, zstd or no compression: pack it again' }],
  ['526172211a07', { refused: 'a RAR archive; expected zip, gzip, zstd or no compression: pack it again' }],
  ['fd377a585a00', { refused: 'xz; expected zip, gzip, zstd or no compression: pack it again' }],
  ['04224d18', { refused: 'lz4; expected zip, gzip, zstd or no compression: pack it again' }],
  ['425a6839314159', { refused: 'bzip2; expected zip, gzip, zstd or no compression: pack it again' }],
];

/** Tells a file from its first bytes, never from its name. */
export function fileKindOf(head: Uint8Array): FileKind {
  const hex = Buffer.from(head.subarray(0, signatureBytes)).toString('hex');
  return signatures.find(([signature]) => hex.startsWith(signature))?.[1] ?? 'text';
}
