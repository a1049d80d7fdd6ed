import { readdir, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createTable } from '@data-master/iceberg';
import { withReviewTable } from './review-table.ts';

/** Appends single files to a table, one commit each. */
export interface AppendFilesOptions {
  folder: string;
  appends: number;
}

export interface AppendFilesReport {
  files: number;
  manifests: number;
  manifestBytes: number;
  /** Of the metadata file. */
  metadataBytes: number;
  /** Of all files beside the data, those of earlier snapshots included. */
  folderBytes: number;
  appendMs: number;
}

const { folder, appends } = JSON.parse(process.argv[2] ?? '') as AppendFilesOptions;
const report = await withReviewTable(folder, async (opened): Promise<AppendFilesReport> => {
  const table = await createTable({ ...opened, schema: { fields: [{ id: 1, name: 'id', required: true, type: 'long' }] } });
  const started = performance.now();
  for (let append = 0; append < appends; append += 1) await table.append(`SELECT ${append} AS id`);
  const appendMs = (performance.now() - started) / appends;
  const { dataFiles, manifests, manifestBytes, metadataBytes } = await table.measureDebt();
  const metadata = fileURLToPath(`${table.metadata.location}/metadata/`);
  const sizes = await Promise.all((await readdir(metadata)).map(async (name) => (await stat(`${metadata}${name}`)).size));
  return { files: dataFiles, manifests, manifestBytes, metadataBytes, folderBytes: sizes.reduce((sum, size) => sum + size, 0), appendMs };
});
process.stdout.write(`${JSON.stringify(report)}\n`);
