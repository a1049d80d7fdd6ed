import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What a finished process took, from its start to its end. */
export interface Run {
  wallMs: number;
  stdout: string;
}

/** Processor time and memory that a Node.js process took. */
export interface Usage {
  cpuMs: number;
  peakRssMb: number;
}

/** What a finished Node.js process took. */
export type NodeRun = Run & Usage;

const reporter = new URL('./usage-reporter.ts', import.meta.url).href;
const keptErrorChars = 4000;

/** Runs a program to its end; rejects when it fails, with the end of what it said. `discard` sends its output nowhere. */
export function runProcess(command: string, args: readonly string[], options: { env?: Record<string, string>; discard?: boolean } = {}): Promise<Run> {
  const { promise, resolve, reject } = Promise.withResolvers<Run>();
  const started = performance.now();
  const child = spawn(command, args, {
    env: { ...process.env, NODE_OPTIONS: '', ...options.env },
    stdio: ['ignore', options.discard ? 'ignore' : 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  let errors = '';
  let wallMs = 0;
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => { errors = (errors + chunk.toString()).slice(-keptErrorChars); });
  child.on('error', (cause) => reject(new Error(`${command} could not start: ${cause.message}; expected it on the path; install it`, { cause })));
  child.on('exit', () => { wallMs = performance.now() - started; });
  child.on('close', (code, signal) => {
    if (code === 0) resolve({ wallMs, stdout: Buffer.concat(output).toString() });
    else reject(new Error(`${[command, ...args].join(' ')} ended with ${signal ?? `exit code ${code}`}; expected 0:\n${errors}`));
  });
  return promise;
}

/** Runs a script in a fresh Node.js, which says at its end what memory and processor time it took. */
export async function runNode(script: string, args: readonly string[], env: Record<string, string> = {}): Promise<NodeRun> {
  const usageFile = join(tmpdir(), `dm-benchmark-usage-${randomUUID()}.json`);
  try {
    const run = await runProcess(process.execPath, ['--disable-warning=ExperimentalWarning', '--import', reporter, script, ...args], { env: { ...env, DM_BENCHMARK_USAGE_FILE: usageFile } });
    return { ...run, ...(JSON.parse(await readFile(usageFile, 'utf8')) as Usage) };
  } finally {
    await rm(usageFile, { force: true });
  }
}

/** A script that runs beside the benchmark. */
export interface RunningNode {
  /** The lines that it prints, as they come. */
  lines: AsyncIterable<string>;
  /** Asks it to end, and says what it took. */
  stop: () => Promise<Usage>;
}

/** Starts a script in a fresh Node.js that works until SIGTERM, with the young generation of the lake's long-lived programs. */
export function startNode(script: string, env: Record<string, string>): RunningNode {
  const usageFile = join(tmpdir(), `dm-benchmark-usage-${randomUUID()}.json`);
  const child = spawn(process.execPath, ['--max-semi-space-size=8', '--disable-warning=ExperimentalWarning', '--import', reporter, script], {
    env: { ...process.env, NODE_OPTIONS: '', ...env, DM_BENCHMARK_USAGE_FILE: usageFile }, stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  return {
    lines: createInterface({ input: child.stdout }),
    async stop() {
      child.kill('SIGTERM');
      await ended;
      const usage = JSON.parse(await readFile(usageFile, 'utf8')) as Usage;
      await rm(usageFile);
      return usage;
    },
  };
}

/** Runs a program of this benchmark with its options; the program prints its result as one line of JSON. */
export async function runProgram<Options, Result>(program: string, options: Options): Promise<NodeRun & { result: Result }> {
  const script = fileURLToPath(new URL(`../programs/${program}.ts`, import.meta.url));
  const run = await runNode(script, [JSON.stringify(options)]);
  return { ...run, result: JSON.parse(run.stdout.trimEnd().split('\n').at(-1) ?? '') as Result };
}
