import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSchemaRepository, parseSchemaFile, validateEvent } from '@data-master/events';

/** Validates the lines of a file again and again; gives the milliseconds of each run after a warm-up. */
export interface ValidateEventsOptions {
  file: string;
  runs: number;
}

const { file, runs } = JSON.parse(process.argv[2] ?? '') as ValidateEventsOptions;
const schemas = join(import.meta.dirname, '../../../../schemas');
const keys = ['review_posted/1.json', 'review_posted/2.json'];
const repository = openSchemaRepository(keys.map((key) => parseSchemaFile(key, readFileSync(join(schemas, key), 'utf8'))));
const events = readFileSync(file, 'utf8').trimEnd().split('\n');
const runsMs: number[] = [];
let valid = 0;
for (let run = 0; run <= runs; run++) {
  const started = performance.now();
  valid = 0;
  for (const event of events) if (validateEvent(event, repository).outcome === 'valid') valid += 1;
  if (run > 0) runsMs.push(performance.now() - started);
}
process.stdout.write(`${JSON.stringify({ valid, runsMs })}\n`);
