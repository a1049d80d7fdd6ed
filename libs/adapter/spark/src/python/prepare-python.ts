import { join } from 'node:path';
import { prepareLocked, type LockedEnvironment } from './locked-environment.ts';
import { findJava, findPython, type Found } from './runtimes.ts';

/** A Python with pyspark, pyiceberg and pyarrow, and what Spark needs beside them. */
export interface PythonEnvironment extends LockedEnvironment {
  javaHome: string;
}

const locks = {
  content: 'Spark and PyIceberg',
  requirements: join(import.meta.dirname, 'requirements.txt'),
  jars: join(import.meta.dirname, 'jars.json'),
};

/** Gives the Python environment that the lock files beside this module pin; `missing` says which of Python and Java is not there. */
export async function preparePython(environment: NodeJS.ProcessEnv = process.env): Promise<Found<PythonEnvironment>> {
  if (process.platform === 'win32') return { missing: 'Python: found Windows, expected Linux or macOS, where Spark needs no further parts' };
  const python = findPython(environment);
  if (python.missing !== undefined) return python;
  const java = findJava(environment);
  if (java.missing !== undefined) return java;
  return { ...(await prepareLocked(python, locks, environment)), javaHome: java.home };
}
