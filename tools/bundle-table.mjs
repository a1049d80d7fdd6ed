import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const workspace = join(import.meta.dirname, '..');

/** What one bundle may weigh; native packages lie outside of it. */
export const BUDGET_BYTES = 1_500_000;
/** A service starts rarely; it holds the clients of four kinds of source, one of them with tables of character sets. */
const OWN_BUDGETS = { 'replication-task': 4_500_000 };
const budgetOf = (name) => OWN_BUDGETS[name] ?? BUDGET_BYTES;
const RUNS = 5;

const IMPORT = `
const startedAt = performance.now();
const failure = await import(process.argv[1]).then(() => undefined, (error) => error);
const ms = performance.now() - startedAt;
if (failure && failure.name !== 'ConfigError') throw failure;
process.stdout.write(String(ms), () => process.exit(0));
`;

/**
 * Milliseconds of importing a bundle in a fresh Node process, the median of some. It gets the environment of its
 * testdata; a task is stopped by having none, after all of its code was loaded.
 */
export function measureStartUp({ kind, name, file }, distFolder, runs = RUNS) {
  const environmentFile = join(workspace, 'apps', name, 'testdata', 'environment.json');
  const environment = kind === 'lambda' && existsSync(environmentFile) ? JSON.parse(readFileSync(environmentFile, 'utf8')) : {};
  const times = Array.from({ length: runs }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', IMPORT, join(distFolder, file)], {
      encoding: 'utf8', env: { AWS_REGION: 'eu-west-1', ...environment },
    });
    if (status !== 0) throw new Error(`bundle ${file} cannot be imported; expected it to load with the environment of apps/${name}/testdata/environment.json:\n${stderr}`);
    return Number(stdout);
  });
  return times.sort((one, other) => one - other)[Math.floor(runs / 2)];
}

/** The table of the bundles as text, and the complaints about those beyond the budget. */
export function formatTable(bundles) {
  const rows = bundles.map(({ name, kind, sizeBytes, native, startUpMs }) => [name, kind, `${kilobytes(sizeBytes)} of ${kilobytes(budgetOf(name))} KB`, `${Math.round(startUpMs)} ms`, native ? 'DuckDB' : '']);
  const all = [['bundle', 'kind', 'size', 'start-up', 'beside it'], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const text = all.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()).join('\n');
  const complaints = bundles.filter(({ name, sizeBytes }) => sizeBytes > budgetOf(name)).map(({ name, sizeBytes, packages }) =>
    `${name} has ${sizeBytes} bytes; expected at most ${budgetOf(name)}; its largest parts: ${Object.entries(packages).slice(0, 5).map(([owner, bytes]) => `${owner} ${bytes}`).join(', ')}`);
  return { text, complaints };
}

function kilobytes(bytes) {
  return Math.ceil(bytes / 1000);
}

/** The bundles that lie in the dist folder, in order of their names. */
export function readBundles(distFolder) {
  return globSync('maps/*.json', { cwd: distFolder }).sort().map((file) => JSON.parse(readFileSync(join(distFolder, file), 'utf8')));
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const distFolder = join(workspace, 'dist');
  const bundles = readBundles(distFolder);
  if (bundles.length === 0) throw new Error('there are no bundles in dist/maps; expected some; run npx nx run-many -t bundle');
  const { text, complaints } = formatTable(bundles.map((bundle) => ({ ...bundle, startUpMs: measureStartUp(bundle, distFolder) })));
  console.log(text);
  for (const complaint of complaints) console.error(complaint);
  process.exitCode = complaints.length > 0 ? 1 : 0;
}
