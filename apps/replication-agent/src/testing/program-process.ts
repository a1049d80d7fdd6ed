import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const programs = { agent: '../main.ts', delivery: './delivery-program.ts' };

/** A program in a process of its own. */
export interface ProgramProcess {
  /** Resolves when its log has a line of the event; rejects when it ends before. */
  until: (event: string) => Promise<void>;
  /** Ends it by a signal; resolves to its exit code, null when the signal ended it. */
  end: (signal: 'SIGKILL' | 'SIGTERM') => Promise<number | null>;
  ended: Promise<number | null>;
  errors: () => string;
}

export function startProgram(name: keyof typeof programs, environment: Record<string, string>): ProgramProcess {
  const program = fileURLToPath(new URL(programs[name], import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], { env: { ...process.env, NODE_OPTIONS: '', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const seen = new Set<string>();
  const waiting = new Map<string, () => void>();
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => void (errors += chunk.toString()));
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const { event } = JSON.parse(line) as { event: string };
    seen.add(event);
    waiting.get(event)?.();
  });
  return {
    until: (event) => new Promise((resolve, reject) => {
      if (seen.has(event)) return resolve();
      waiting.set(event, resolve);
      void ended.then((code) => reject(new Error(`the ${name} ended with ${code} before ${event}; ${errors}`)));
    }),
    end(signal) {
      child.kill(signal);
      return ended;
    },
    ended,
    errors: () => errors,
  };
}
