import { spawn } from 'node:child_process';
import { LakeError, TerminalError, TransientError } from '@data-master/ports';

/** A Spark installation of this machine. */
export interface SparkInstallation {
  /** Folder of Spark. */
  sparkHome: string;
  /** Python that the driver runs on. */
  python: string;
  /** Folder of Java 17. */
  javaHome: string;
  /** Libraries of the driver, iceberg-spark-runtime among them. */
  jars: readonly string[];
}

export interface SparkSubmitOptions {
  installation: SparkInstallation;
  /** Folder of the packaged jobs: main.py, jobs.json. */
  jobs: string;
  settings: Readonly<Record<string, string>>;
  memoryMb: number;
  threads: number;
}

export interface SparkRun {
  layer: string;
  table: string;
  /** URI of the plan. */
  plan: string;
}

const keptOutputChars = 20_000;

/** Runs one plan by spark-submit and waits for its end; the process ends with `signal`. */
export async function submitSparkJob({ installation, jobs, settings, memoryMb, threads }: SparkSubmitOptions, run: SparkRun, signal?: AbortSignal): Promise<void> {
  const configured = { 'spark.ui.enabled': 'false', 'spark.sql.shuffle.partitions': String(2 * threads), ...settings };
  const args = [
    '--master', `local[${threads}]`, '--driver-memory', `${memoryMb}m`, '--jars', installation.jars.join(','),
    ...Object.entries(configured).flatMap(([name, value]) => ['--conf', `${name}=${value}`]),
    `${jobs}/main.py`, '--layer', run.layer, '--table', run.table, '--plan', run.plan,
  ];
  const { NODE_OPTIONS: _ours, ...environment } = process.env;
  const child = spawn(`${installation.sparkHome}/bin/spark-submit`, args, {
    env: { ...environment, SPARK_HOME: installation.sparkHome, JAVA_HOME: installation.javaHome, PYSPARK_PYTHON: installation.python, PYSPARK_DRIVER_PYTHON: installation.python },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let output = '';
  const keep = (text: string): void => void (output = (output + text).slice(-keptOutputChars));
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => reject(new TerminalError(`spark-submit does not start: ${error.message}; expected Spark in ${installation.sparkHome}; install it or set SPARK_HOME`)));
    child.on('close', resolve);
  });
  if (exitCode !== 0) throw sparkError(run, exitCode, output);
}

function sparkError({ layer, table }: SparkRun, exitCode: number | null, output: string): LakeError {
  const lines = output.split('\n').map((line) => line.trim());
  const cause = lines.findLast((line) => /(?:Exception|Error)\b.*:/.test(line) && !line.startsWith('at ')) ?? lines.findLast((line) => line !== '') ?? 'it said nothing';
  const message = `Spark run of ${layer}.${table} ended with ${exitCode}; expected 0; it said: ${cause.slice(0, 500)}`;
  return /OutOfMemoryError|No space left/.test(output) ? new TransientError(`${message}; give it memory or disk, then retry`) : new TerminalError(message);
}
