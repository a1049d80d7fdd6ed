import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const minimumPython = [3, 10] as const;
const javaVersion = 17;

/** A program that was found, or why there is none to use. */
export type Found<Program> = (Program & { missing?: undefined }) | { missing: string };

export interface PythonProgram {
  /** Path of the executable. */
  executable: string;
  /** Such as `3.11`. */
  version: string;
}

export interface JavaProgram {
  /** Folder for JAVA_HOME. */
  home: string;
}

function output(command: string, parameters: readonly string[], environment: NodeJS.ProcessEnv): string | undefined {
  const { status, stdout, stderr } = spawnSync(command, parameters, { encoding: 'utf8', env: environment, timeout: 30_000 });
  return status === 0 ? stdout + stderr : undefined;
}

/** Finds a Python of at least 3.10 as `python3` or `python`. */
export function findPython(environment: NodeJS.ProcessEnv): Found<PythonProgram> {
  const script = 'import sys; print(sys.executable, *sys.version_info[:2], sep="\\n")';
  const found: string[] = [];
  for (const name of ['python3', 'python']) {
    const [executable, major, minor] = output(name, ['-c', script], environment)?.split(/\r?\n/) ?? [];
    if (executable === undefined) continue;
    const version = `${major}.${minor}`;
    if (Number(major) === minimumPython[0] && Number(minor) >= minimumPython[1]) return { executable, version };
    found.push(`${version} at ${executable}`);
  }
  return { missing: `Python: found ${found.join(', ') || 'none'}, expected ${minimumPython.join('.')} or later as python3 on the PATH` };
}

/** Finds a Java 17 in JAVA_HOME or on the PATH. */
export function findJava(environment: NodeJS.ProcessEnv): Found<JavaProgram> {
  const home = environment['JAVA_HOME'];
  const found: string[] = [];
  for (const command of [...(home === undefined ? [] : [join(home, 'bin', 'java')]), 'java']) {
    const settings = output(command, ['-XshowSettings:properties', '-version'], environment);
    const property = (name: string) => settings?.split('\n').find((line) => line.trim().startsWith(`${name} = `))?.split(' = ')[1]?.trim();
    const version = property('java.specification.version');
    const javaHome = property('java.home');
    if (version === undefined || javaHome === undefined) continue;
    if (version === String(javaVersion)) return { home: javaHome };
    found.push(`${version} at ${javaHome}`);
  }
  return { missing: `Java: found ${found.join(', ') || 'none'}, expected ${javaVersion} in JAVA_HOME or as java on the PATH` };
}
