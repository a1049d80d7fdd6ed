import { writeBaselines } from './baselines.ts';
import { configurationNames } from './plans.ts';

for (const name of configurationNames) writeBaselines(name);
process.stdout.write(`baselines written: ${configurationNames.join(', ')}\n`);
