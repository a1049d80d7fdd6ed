import { parseArgs } from 'node:util';
import { beerLake } from '@data-master/beer-lake';
import { emitSparkJobs } from '@data-master/refinement';
import { writeJobPackage } from '@data-master/spark';

const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist/spark-jobs' } } });
process.stdout.write(`${await writeJobPackage(emitSparkJobs(beerLake), values.out)}\n`);
