import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { withOwnFolder } from './own-folder.ts';

/** A started container: its program and all that its process is told. */
export interface TaskSettings {
  family: string;
  bundle: string;
  environment: Record<string, string>;
}

/** A run under way; `exited` is its exit code, or the signal that ended it. */
export interface TaskRun {
  exited: Promise<{ exitCode: number | null; signal: string | null; errors: string }>;
  kill: (signal: 'SIGTERM' | 'SIGKILL') => void;
}

/** Runs a worker's bundled main to its end, as a Fargate task does; `log` gets whatever it prints. */
export function startTask({ bundle, environment }: TaskSettings, log: (text: string) => void): TaskRun {
  const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', bundle], { env: withOwnFolder(environment), stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => log(chunk.toString()));
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => void (errors = `${errors}${chunk.toString()}`.slice(-4_000)));
  return {
    exited: once(child, 'close').then(([exitCode, signal]) => ({ exitCode: exitCode as number | null, signal: signal as string | null, errors })),
    kill: (signal) => void child.kill(signal),
  };
}
