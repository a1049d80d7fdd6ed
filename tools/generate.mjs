import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beerLake } from '@data-master/beer-lake';
import { emitDataDictionary } from '@data-master/table-contracts';

/** Writes the files that follow from the table contracts; with `--check` only says which of them are out of date. */
const FOLDER = 'docs/data-dictionary';

const root = join(import.meta.dirname, '..');
const pages = emitDataDictionary(beerLake);
const present = filesIn(FOLDER);
const outdated = Object.keys(pages).filter((name) => readPresent(name) !== pages[name]);
const strays = present.filter((name) => !(name in pages));

if (process.argv.includes('--check')) {
  for (const name of outdated) console.error(`${FOLDER}/${name} is not what the table contracts say`);
  for (const name of strays) console.error(`${FOLDER}/${name} follows from no table contract`);
  if (outdated.length + strays.length > 0) {
    console.error('run node tools/generate.mjs and commit the result');
    process.exitCode = 1;
  }
} else {
  mkdirSync(join(root, FOLDER), { recursive: true });
  for (const name of outdated) writeFileSync(join(root, FOLDER, name), pages[name]);
  for (const name of strays) rmSync(join(root, FOLDER, name));
  console.log(`${FOLDER}: ${outdated.length} written, ${strays.length} removed, ${Object.keys(pages).length - outdated.length} unchanged`);
}

function filesIn(folder) {
  try {
    return readdirSync(join(root, folder));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function readPresent(name) {
  return present.includes(name) ? readFileSync(join(root, FOLDER, name), 'utf8') : undefined;
}
