import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram, type NodeRun } from '../harness/child-process.ts';
import type { ConvertOptions, ConvertReport } from '../programs/convert.ts';
import type { GenerateOptions } from '../programs/generate-data.ts';

/** Writes `raw/review.csv.gz` below the folder. */
export async function generateRawReviews(folder: string, reviews: number): Promise<{ rawKey: string; rawPath: string }> {
  const rawKey = 'raw/review.csv.gz';
  await runProgram<GenerateOptions, unknown>('generate-data', { folder: join(folder, 'raw'), reviews, tables: ['review'] });
  return { rawKey, rawPath: join(folder, rawKey) };
}

/** Converts the raw reviews once in a fresh process and checks that every row arrived. */
export async function convertOnce(options: Pick<ConvertOptions, 'folder' | 'rawKey' | 'engine'>, reviews: number): Promise<NodeRun & { result: ConvertReport }> {
  const bronzeKey = 'bronze/review.parquet';
  const run = await runProgram<ConvertOptions, ConvertReport>('convert', { ...options, bronzeKey });
  await rm(join(options.folder, bronzeKey), { force: true });
  const { accepted, rejected } = run.result;
  if (accepted !== reviews || rejected !== 0) {
    throw new Error(`engine ${options.engine} accepted ${accepted} rows and rejected ${rejected}; expected ${reviews} and 0`);
  }
  return run;
}
