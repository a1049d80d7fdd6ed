import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Command } from 'commander';
import { generateSampleCsv } from '@data-master/beer-sample';
import { formatJson } from '../output/text-table.ts';
import { wholeNumber } from './arguments.ts';
import type { GlobalOptions } from './context.ts';

export function registerGenerate(program: Command): void {
  program.command('generate')
    .description('write sample data as <table>.csv.gz')
    .requiredOption('--reviews <n>', 'number of reviews', wholeNumber)
    .option('--seed <s>', 'seed; the same seed gives the same bytes', wholeNumber, 1)
    .requiredOption('--out <dir>', 'folder to write to')
    .action(async function (this: Command, options: { reviews: number; seed: number; out: string }) {
      const paths = await generateFiles(options);
      const { json } = this.optsWithGlobals<GlobalOptions>();
      process.stdout.write(json ? `${formatJson({ files: paths })}\n` : `${paths.join('\n')}\n`);
    });
}

/** Writes sample data as `<table>.csv.gz` into a folder; the same options give the same bytes. Returns the paths. */
async function generateFiles({ reviews, seed, out }: { reviews: number; seed: number; out: string }): Promise<string[]> {
  await mkdir(out, { recursive: true });
  const sample = generateSampleCsv({ seed, reviews });
  const paths: string[] = [];
  for (const [table, chunks] of Object.entries(sample)) {
    const path = join(out, `${table}.csv.gz`);
    await pipeline(Readable.from(chunks, { objectMode: true }), createGzip({ level: 6 }), createWriteStream(path));
    paths.push(path);
  }
  return paths;
}
