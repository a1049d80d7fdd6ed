import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closingLine, sumResults } from './test-counts.mjs';

const USAGE = `npm test [-- OPTIONS]   runs the tests of all packages and ends with one line of counts

  --projects a,b      only these packages (names as in npx nx show projects; globs allowed)
  --exclude a,b       all but these
  --affected          only what changed since main, and what depends on it (--base REF to compare with another)
  --skip-nx-cache     run again what has not changed
  -- ARGUMENTS        for jest itself, such as: npm test -- --projects iceberg -- -t snapshot

With CI=true a skipped test counts as failed unless tools/allowed-skips.json gives the reason for it.
`;

const root = join(import.meta.dirname, '..');
const resultsFolder = join(root, '.test-results');
const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');

/** Runs the tests that `parameters` choose and returns the exit code; the closing line is the last thing written. */
async function runTests(parameters) {
  if (parameters.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const affected = parameters.includes('--affected');
  const nxParameters = [affected ? 'affected' : 'run-many', '-t', 'test', ...parameters.filter((parameter) => parameter !== '--affected')];
  const environment = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', FORCE_COLOR: process.stdout.isTTY ? process.env.FORCE_COLOR : '0' };
  if (!process.stdout.isTTY) environment.NO_COLOR = '1';
  if (environment.FORCE_COLOR === undefined) delete environment.FORCE_COLOR;

  const projects = chosenProjects(nxParameters, environment);
  if (!projects) return 1;
  rmSync(resultsFolder, { recursive: true, force: true });
  const exitCode = await runNx([...nxParameters.slice(0, 3), '--output-style=static', '--parallel=2', ...nxParameters.slice(3)], environment);
  const allowedSkips = process.env.CI === 'true' ? JSON.parse(readFileSync(join(import.meta.dirname, 'allowed-skips.json'), 'utf8')) : undefined;
  const { counts, complaints } = sumResults({ projects, resultsFolder, allowedSkips, exitCode });
  for (const complaint of complaints) console.error(complaint);
  process.stdout.write(`\n${closingLine(counts)}\n`);
  return counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}

function chosenProjects(nxParameters, environment) {
  const folder = mkdtempSync(join(tmpdir(), 'test-graph-'));
  try {
    const file = join(folder, 'graph.json');
    const end = nxParameters.indexOf('--', 3);
    const own = end === -1 ? nxParameters : nxParameters.slice(0, end);
    const answer = spawnSync(process.execPath, [nx, ...own, `--graph=${file}`], { cwd: root, env: environment, encoding: 'utf8' });
    if (answer.status !== 0) {
      process.stderr.write(answer.stdout + answer.stderr);
      console.error('the packages to test cannot be found out: the lines above say why');
      return undefined;
    }
    const { tasks } = JSON.parse(readFileSync(file, 'utf8')).tasks;
    return Object.values(tasks).filter(({ target }) => target.target === 'test').map(({ target }) => target.project).sort();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runNx(parameters, environment) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [nx, ...parameters], { cwd: root, env: environment, stdio: ['ignore', 'inherit', 'inherit'] });
    const forward = (signal) => child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
    child.on('error', (error) => {
      console.error(`nx does not start: ${error.message}`);
      resolve(1);
    });
    child.on('exit', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeListener(name, forward);
      resolve(signal ? 1 : code);
    });
  });
}

process.exitCode = await runTests(process.argv.slice(2));
