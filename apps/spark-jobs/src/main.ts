import { parseArgs } from 'node:util';
import { beerLake } from '@data-master/beer-lake';
import { packageJobs } from './package-jobs.ts';

const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist/spark-jobs' } } });
process.stdout.write(`${await packageJobs(beerLake, values.out)}\n`);
