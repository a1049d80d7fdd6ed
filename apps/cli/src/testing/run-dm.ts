import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface DmResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningDm {
  process: ChildProcess;
  /** Resolves when standard error holds the text; rejects with what it held when the command ended before. */
  said(text: string): Promise<void>;
  ended: Promise<DmResult>;
}

/** Starts dm as a user does: a process of its own on the running Node, in the folder `cwd`. */
export function startDm(args: readonly string[], env: Record<string, string> = {}, cwd?: string): RunningDm {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], { env: { ...process.env, NODE_OPTIONS: '', ...env }, stdio: ['ignore', 'pipe', 'pipe'], cwd });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number | null, ...output }));
  return {
    process: child,
    ended,
    said: (text) => new Promise((resolve, reject) => {
      const check = (): void => {
        if (!output.stderr.includes(text)) return;
        child.stderr.off('data', check);
        resolve();
      };
      child.stderr.on('data', check);
      check();
      void ended.then(({ stderr }) => reject(new Error(`dm ended before it said ${JSON.stringify(text)}; it said:\n${stderr}`)));
    }),
  };
}

export const runDm = (args: readonly string[], env?: Record<string, string>, cwd?: string): Promise<DmResult> => startDm(args, env, cwd).ended;
