import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TemporaryHome } from './temporary-home.ts';

const program = fileURLToPath(new URL('./lake-program.ts', import.meta.url));

/** How a run of the lake program ended and the lines that it printed. */
export interface ProgramRun {
  lines: string[];
  signal: string | null;
  code: number | null;
  errors: string;
}

/** Runs the lake program on a home; kills it, without any warning to it, when `isEnd` says so of the lines so far. */
export async function runLakeProgram({ environment }: TemporaryHome, isEnd: (lines: readonly string[]) => boolean = () => false): Promise<ProgramRun> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], { env: { ...process.env, NODE_OPTIONS: '', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
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
