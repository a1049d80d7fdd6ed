#!/usr/bin/env node
import { run } from '../../../tools/run.mjs';

await run(['dm', ...process.argv.slice(2)]);
