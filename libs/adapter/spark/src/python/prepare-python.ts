import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findJava, findPython, type Found } from './runtimes.ts';

/** A Python with pyspark, pyiceberg and pyarrow, and what Spark needs beside them. */
export interface PythonEnvironment {
  /** Path of the Python executable. */
  python: string;
  javaHome: string;
  /** Paths of the jars that Spark loads. */
  jars: string[];
}

const requirements = join(import.meta.dirname, 'requirements.txt');
const jars = join(import.meta.dirname, 'jars.json');
const script = join(import.meta.dirname, 'prepare.py');

/**
 * Gives the Python environment that the lock files beside this module pin, and makes it when the cache has none yet.
 *
 * That takes minutes and says on stderr what it does. It lies in `$XDG_CACHE_HOME/data-master` (default `~/.cache`), in a
 * folder for each state of the locks and each Python. Pip's own settings hold, and MAVEN_REPOSITORY_URL for the jars.
 * `missing` says which of Python and Java is not there; an installation that fails rejects.
 */
export async function preparePython(environment: NodeJS.ProcessEnv = process.env): Promise<Found<PythonEnvironment>> {
  if (process.platform === 'win32') return { missing: 'Python: found Windows, expected Linux or macOS, where Spark needs no further parts' };
  const python = findPython(environment);
  if (python.missing !== undefined) return python;
  const java = findJava(environment);
  if (java.missing !== undefined) return java;

  const locks = await Promise.all([requirements, jars, script].map((file) => readFile(file)));
  const hash = createHash('sha256').update(`${python.executable} ${python.version} ${process.arch}\n`);
  for (const lock of locks) hash.update(lock);
  const cache = environment['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folder = join(cache, 'data-master', `python-${hash.digest('hex').slice(0, 16)}`);

  const prepared = (await readPrepared(folder)) ?? (await prepare(python.executable, folder, environment));
  return { ...prepared, javaHome: java.home };
}

type Prepared = Omit<PythonEnvironment, 'javaHome'>;

async function readPrepared(folder: string): Promise<Prepared | undefined> {
  const text = await readFile(join(folder, 'ready.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Prepared);
}

async function prepare(executable: string, folder: string, environment: NodeJS.ProcessEnv): Promise<Prepared> {
  const child = spawn(executable, [script, folder, requirements, jars], { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve));
  const prepared = await readPrepared(folder);
  if (code !== 0 || !prepared) throw new Error(`${folder}: found exit code ${String(code)} from the preparation, expected 0; its reason is above`);
  return prepared;
}
