import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { TerminalError } from '@data-master/ports';
import { preparePython } from './python/prepare-python.ts';
import type { SparkInstallation } from './spark-submit.ts';

const printSparkHome = 'import os, pyspark; print(os.path.dirname(pyspark.__file__))';

/** The Spark of this machine: installed on first use, from pinned packages, into a cache; needs Python 3 and Java 17. */
export async function prepareSpark(environment: NodeJS.ProcessEnv = process.env): Promise<SparkInstallation> {
  const found = await preparePython(environment);
  if (found.missing !== undefined) throw new TerminalError(`Spark cannot run: ${found.missing}; install it, or use --engine duckdb`);
  const { stdout } = await promisify(execFile)(found.python, ['-c', printSparkHome]);
  return { sparkHome: stdout.trim(), python: found.python, javaHome: found.javaHome, jars: found.jars };
}
