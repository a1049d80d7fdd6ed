import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beerLake } from '@data-master/beer-lake';
import { emitConfigReference } from '@data-master/lake-config';
import { emitDataDictionary } from '@data-master/table-contracts';

/** Writes the documents that follow from the table contracts and from schemas; with `--check` only says which of them are out of date. */
const DICTIONARY = 'docs/data-dictionary';

const root = join(import.meta.dirname, '..');
const pages = {
  ...Object.fromEntries(Object.entries(emitDataDictionary(beerLake)).map(([name, page]) => [`${DICTIONARY}/${name}`, page])),
  'docs/config.md': emitConfigReference(),
};
const outdated = Object.keys(pages).filter((file) => present(() => readFileSync(join(root, file), 'utf8')) !== pages[file]);
const strays = (present(() => readdirSync(join(root, DICTIONARY))) ?? []).map((name) => `${DICTIONARY}/${name}`).filter((file) => !(file in pages));

if (process.argv.includes('--check')) {
  for (const file of outdated) console.error(`${file} is not what it is generated from`);
  for (const file of strays) console.error(`${file} follows from no table contract`);
  if (outdated.length + strays.length > 0) {
    console.error('run node tools/generate.mjs and commit the result');
    process.exitCode = 1;
  }
} else {
  for (const file of outdated) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), pages[file]);
  }
  for (const file of strays) rmSync(join(root, file));
  console.log(`docs: ${outdated.length} written, ${strays.length} removed, ${Object.keys(pages).length - outdated.length} unchanged`);
}

/** What `read` gives; undefined when there is no such file or folder. */
function present(read) {
  try {
    return read();
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
