import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PythonEnvironment } from './prepare-python.ts';

/** A value as the driver gives it: integers, decimals, dates, timestamps (UTC) and UUIDs as text, binary as hexadecimal text, floats as numbers or the texts NaN, Infinity, -Infinity and -0.0. */
export type ExactValue = null | boolean | number | string | ExactValue[] | { [name: string]: ExactValue };

export interface SqlAnswer {
  /** Columns in their order with Spark's names of their types. */
  columns: { name: string; type: string }[];
  rows: Record<string, ExactValue>[];
}

/** What Spark's scans of one query did. */
export interface ScanMetrics {
  /** Names of the plan's operators. */
  operators: string[];
  /** Metrics of Iceberg's scan, such as `resultDataFiles` and `skippedDataFiles`, as text. */
  [metric: string]: string | string[];
}

/** One Python process that runs Spark and Python functions, one request after the other. */
export interface PythonSession {
  /** Starts Spark with settings on top of those of a small local session; gives its version. */
  startSpark(settings: Readonly<Record<string, string>>): Promise<{ version: string }>;
  sql(text: string): Promise<SqlAnswer>;
  /** Runs a query and tells what its scans did. */
  measure(text: string): Promise<SqlAnswer & { metrics: ScanMetrics }>;
  /** Calls a function of a Python file; its first argument is the session, with `spark`, the others are named. */
  call<Result>(file: string, name: string, parameters?: Readonly<Record<string, unknown>>): Promise<Result>;
  /** Ends the process and the Java process below it. */
  close(): Promise<void>;
}

/** An exception in Python or Java; `name` is its class. */
export class PythonError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

type Answer = { id: number; value?: unknown; error?: { name: string; message: string } };
type Waiting = { resolve: (value: unknown) => void; reject: (error: Error) => void; timer: NodeJS.Timeout };

const defaultTimeoutMs = 120_000;
const stderrLines = 40;

/** Starts a Python process; a request that takes longer than the timeout ends the process and rejects. */
export function startPython(environment: PythonEnvironment, { timeoutMs = defaultTimeoutMs }: { timeoutMs?: number } = {}): PythonSession {
  const child = spawn(environment.python, ['-u', join(import.meta.dirname, 'driver.py')], {
    detached: true,
    env: { ...process.env, JAVA_HOME: environment.javaHome },
  });
  const waiting = new Map<number, Waiting>();
  const lastLines: string[] = [];
  let requests = 0;

  const kill = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  const failAll = (reason: string): void => {
    for (const { reject, timer } of waiting.values()) {
      clearTimeout(timer);
      reject(new PythonError('PythonEndedError', `${reason}; its last words:\n${lastLines.join('\n')}`));
    }
    waiting.clear();
  };
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      failAll(`${environment.python} does not start: ${error.message}`);
      resolve();
    });
    child.on('close', (code, signal) => {
      failAll(`the Python process ended with ${String(signal ?? code)}`);
      resolve();
    });
  });
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines.push(line);
    if (lastLines.length > stderrLines) lastLines.shift();
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, value, error } = JSON.parse(line) as Answer;
    const request = waiting.get(id);
    if (!request) return;
    waiting.delete(id);
    clearTimeout(request.timer);
    if (error) request.reject(new PythonError(error.name, error.message));
    else request.resolve(value);
  });
  process.once('exit', kill);

  const send = (command: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++requests;
      if (child.exitCode !== null || child.signalCode !== null) {
        reject(new PythonError('PythonEndedError', `the Python process ended before "${command}"; its last words:\n${lastLines.join('\n')}`));
        return;
      }
      const timer = setTimeout(() => {
        lastLines.push(`found no answer to "${command}" in ${timeoutMs} ms`);
        kill();
      }, timeoutMs);
      waiting.set(id, { resolve, reject, timer });
      child.stdin.write(`${JSON.stringify({ id, command, ...parameters })}\n`);
    });

  const named = (answer: { columns: SqlAnswer['columns']; rows: ExactValue[][] }): SqlAnswer => ({
    columns: answer.columns,
    rows: answer.rows.map((row) => Object.fromEntries(answer.columns.map(({ name }, index) => [name, row[index] ?? null]))),
  });

  return {
    startSpark: (settings) => send('spark', { settings, jars: environment.jars }) as Promise<{ version: string }>,
    async sql(text) {
      return named((await send('sql', { sql: text })) as Parameters<typeof named>[0]);
    },
    async measure(text) {
      const answer = (await send('sql', { sql: text, metrics: true })) as Parameters<typeof named>[0] & { metrics: ScanMetrics };
      return { ...named(answer), metrics: answer.metrics };
    },
    call: <Result>(file: string, name: string, parameters = {}) => send('call', { file, function: name, arguments: parameters }) as Promise<Result>,
    async close() {
      process.removeListener('exit', kill);
      kill();
      await ended;
    },
  };
}
