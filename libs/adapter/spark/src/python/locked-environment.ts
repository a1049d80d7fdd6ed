import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { PythonProgram } from './runtimes.ts';

/** What an environment is made of. */
export interface EnvironmentLocks {
  /** What stderr calls it while it is made. */
  content: string;
  /** Path of a requirements file with the hash of every package; no Python environment is made when not given. */
  requirements?: string;
  /** Path of a JSON list of jars `{group, artifact, version, sha256}`; none when not given. */
  jars?: string;
}

export interface LockedEnvironment {
  /** Path of the Python executable: of the environment, or that of the machine where none was made. */
  python: string;
  /** Paths of the jars. */
  jars: string[];
}

const script = join(import.meta.dirname, 'prepare.py');

/**
 * Gives the environment that the locks pin, and makes it when the cache has none yet.
 *
 * That takes minutes and says on stderr what it does. It lies in `$XDG_CACHE_HOME/data-master` (default `~/.cache`), in a
 * folder for each state of the locks and each Python. Pip's own settings hold, and MAVEN_REPOSITORY_URL for the jars.
 * An installation that fails rejects.
 */
export async function prepareLocked(python: PythonProgram, locks: EnvironmentLocks, environment: NodeJS.ProcessEnv = process.env): Promise<LockedEnvironment> {
  const parameters = [locks.requirements ?? '', locks.jars ?? ''];
  const files = parameters.filter((path) => path !== '');
  const hash = createHash('sha256').update(`${python.executable} ${python.version} ${process.arch}\n`);
  for (const content of await Promise.all([...files, script].map((file) => readFile(file)))) hash.update(content);
  const cache = environment['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folder = join(cache, 'data-master', `python-${hash.digest('hex').slice(0, 16)}`);
  return (await readPrepared(folder)) ?? (await prepare(python.executable, [locks.content, folder, ...parameters], environment));
}

async function readPrepared(folder: string): Promise<LockedEnvironment | undefined> {
  const text = await readFile(join(folder, 'ready.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as LockedEnvironment);
}

async function prepare(executable: string, parameters: [content: string, folder: string, ...files: string[]], environment: NodeJS.ProcessEnv): Promise<LockedEnvironment> {
  const [, folder] = parameters;
  const child = spawn(executable, [script, ...parameters], { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve));
  const prepared = await readPrepared(folder);
  if (code !== 0 || !prepared) throw new Error(`${folder}: found exit code ${String(code)} from the preparation, expected 0; its reason is above`);
  return prepared;
}
