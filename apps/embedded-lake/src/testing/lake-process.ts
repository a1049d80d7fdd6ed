import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TemporaryHome } from './temporary-home.ts';

const pathOf = (program: string): string => fileURLToPath(new URL(`./${program}.ts`, import.meta.url));

/** How a run of the lake program ended and the lines that it printed. */
export interface ProgramRun {
  lines: string[];
  signal: string | null;
  code: number | null;
  errors: string;
}

/** When a process is killed, without any warning to it: at the n-th line that begins so, or after or before its n-th database commit. */
export type Kill = { line: string; nth: number } | { commit: number } | { before: number };

/** Runs a program of this folder on a home, to its end or until it is killed. */
export async function runLakeProgram({ environment }: TemporaryHome, kill?: Kill, program = 'lake-program'): Promise<ProgramRun> {
  const byItself = { ...(kill && 'commit' in kill && { KILL_AFTER_COMMIT: String(kill.commit) }), ...(kill && 'before' in kill && { KILL_BEFORE_COMMIT: String(kill.before) }) };
  const isEnd = (lines: readonly string[]): boolean => kill !== undefined && 'line' in kill && lines.filter((line) => line.startsWith(kill.line)).length === kill.nth;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', pathOf(program)], { env: { ...process.env, NODE_OPTIONS: '', ...environment, ...byItself }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const lines: string[] = [];
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => void (errors += chunk.toString()));
  let killed = false;
  for await (const line of createInterface({ input: child.stdout })) {
    if (killed) continue;
    lines.push(line);
    killed = isEnd(lines);
    if (killed) child.kill('SIGKILL');
  }
  const [code, signal] = (await ended) as [number | null, string | null];
  return { lines, signal, code, errors };
}
