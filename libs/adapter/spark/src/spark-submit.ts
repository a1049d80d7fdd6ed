import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { LakeError} from '@data-master/ports';
import { TerminalError, TransientError } from '@data-master/ports';

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

/** A driver that stays up between runs, as starting one costs more than most runs. */
export interface SparkDriver {
  /** Runs one plan and waits for its end; one run at a time. */
  run(run: SparkRun): Promise<void>;
  close(): Promise<void>;
}

const answerMark = 'dm-answer ';
const keptOutputChars = 20_000;

/** Starts the packaged driver by spark-submit on this machine. */
export function startSparkDriver({ installation, jobs, settings, memoryMb, threads }: SparkSubmitOptions): SparkDriver {
  const configured = { 'spark.ui.enabled': 'false', 'spark.sql.shuffle.partitions': String(2 * threads), ...settings };
  // The driver starts spark-submit itself: started by it, it would not have our standard input.
  const submitArguments = [
    '--master', `local[${threads}]`, '--driver-memory', `${memoryMb}m`, '--jars', installation.jars.join(','),
    ...Object.entries(configured).flatMap(([name, value]) => ['--conf', `${name}=${value}`]), 'pyspark-shell',
  ].map((argument) => `'${argument.replaceAll("'", `'"'"'`)}'`).join(' ');
  const { NODE_OPTIONS: _ours, ...environment } = process.env;
  const child = spawn(installation.python, ['-u', `${jobs}/main.py`, '--serve'], {
    env: {
      ...environment, SPARK_HOME: installation.sparkHome, JAVA_HOME: installation.javaHome, PYSPARK_PYTHON: installation.python,
      PYSPARK_DRIVER_PYTHON: installation.python, PYSPARK_SUBMIT_ARGS: submitArguments,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  let waiting: { resolve: () => void; reject: (error: LakeError) => void; run: SparkRun } | undefined;
  const settle = (error?: string): void => {
    const request = waiting;
    waiting = undefined;
    if (error === undefined) request?.resolve();
    else request?.reject(sparkError(request.run, error, output));
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith(answerMark)) settle((JSON.parse(line.slice(answerMark.length)) as { error?: string }).error);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (output = (output + text).slice(-keptOutputChars)));
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      settle(`Python does not start: ${error.message}`);
      resolve();
    });
    child.on('close', (exitCode) => {
      settle(`the driver ended with ${exitCode}: ${lastError(output)}`);
      resolve();
    });
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  return {
    run: (run) => new Promise((resolve, reject) => {
      waiting = { resolve, reject, run };
      if (child.exitCode !== null || child.signalCode !== null) settle(`the driver has ended: ${lastError(output)}`);
      else child.stdin.write(`${JSON.stringify(run)}\n`);
    }),
    async close() {
      child.stdin.end();
      await ended;
      process.off('exit', kill);
    },
  };
}

function lastError(output: string): string {
  const lines = output.split('\n').map((line) => line.trim()).filter(Boolean);
  return lines.findLast((line) => /(?:Exception|Error)\b/.test(line) && !line.startsWith('at ')) ?? lines.at(-1) ?? 'it said nothing';
}

/** The innermost cause that the stack traces of Python and the JVM name, else the first line. */
function rootCause(error: string): string {
  const lines = error.split('\n');
  const named = lines.findLast((line) => /^(?:Caused by: |: )?[\w.]+(?:Exception|Error): /.test(line));
  return (named ?? lines[0] ?? '').replace(/^(?:Caused by)?: /, '');
}

function sparkError({ layer, table }: SparkRun, error: string, output: string): LakeError {
  const message = `Spark run of ${layer}.${table} failed; expected it to commit; ${rootCause(error).slice(0, 500)}`;
  return /OutOfMemoryError|No space left/.test(error + output) ? new TransientError(`${message}; give it memory (DM_SPARK_MEMORY_MB) or disk, then retry`) : new TerminalError(message);
}
