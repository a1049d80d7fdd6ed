import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** A line that a program logs; the rest of its fields depends on the event. */
export interface AgentEvent {
  event: string;
  [field: string]: unknown;
}

export interface AgentOptions {
  program: keyof typeof programs;
  environment: Record<string, string>;
  /** File that its log goes to. */
  log: string;
  onEvent: (event: AgentEvent) => void;
  /** It ended by itself, and begins anew after a while. */
  onFailure: (reason: string, waitMs: number) => void;
}

/** A replication agent, or the delivery of the stream that agents fill, as a process of its own, begun anew when it dies. */
export interface Agent {
  /** Lets it make durable what came, and ends it. */
  stop: () => Promise<void>;
}

const programs = {
  agent: join(import.meta.dirname, '..', '..', '..', 'replication-agent', 'src', 'main.ts'),
  delivery: join(import.meta.dirname, 'delivery-program.ts'),
};
/** Changes are short-lived garbage, which a small young generation keeps from growing. */
const nodeOptions = ['--max-semi-space-size=8', '--disable-warning=ExperimentalWarning'];
const firstWaitMs = 1_000;
const longestWaitMs = 60_000;
const farewellMs = 30_000;

export function startAgent(options: AgentOptions): Agent {
  const stopping = new AbortController();
  const ended = supervise(options, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

async function supervise({ onEvent, onFailure, ...options }: AgentOptions, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    const reason = await runAgent({ ...options, signal, onEvent: (event) => {
      if (event.event === 'replication.streaming' || event.event === 'delivery.started') failures = 0;
      onEvent(event);
    } });
    if (signal.aborted) return;
    const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(failures, 10));
    onFailure(reason, waitMs);
    await delay(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Runs an agent to its end and returns why it ended. In a group of its own Ctrl-C does not reach it; its channel tells it when this process is gone. */
async function runAgent({ program, environment, log, onEvent, signal }: Omit<AgentOptions, 'onFailure'> & { signal: AbortSignal }): Promise<string> {
  const child = spawn(process.execPath, [...nodeOptions, programs[program]], { env: { ...process.env, NODE_OPTIONS: '', ...environment }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true });
  const file = createWriteStream(log, { flags: 'a' }).on('error', () => undefined);
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2_000)));
  createInterface({ input: child.stdout! }).on('line', (line) => {
    file.write(`${line}\n`);
    onEvent(parseEvent(line));
  });
  let killing: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.kill('SIGTERM');
    killing = setTimeout(() => child.kill('SIGKILL'), farewellMs);
  };
  signal.addEventListener('abort', end);
  try {
    const [code, killedBy] = (await once(child, 'close')) as [number | null, string | null];
    return errors.trim().split('\n').at(-1) || `the ${program} ended with ${killedBy ?? code}`;
  } finally {
    signal.removeEventListener('abort', end);
    clearTimeout(killing);
    file.end();
  }
}

function parseEvent(line: string): AgentEvent {
  try {
    return JSON.parse(line) as AgentEvent;
  } catch {
    return { event: 'unreadable' };
  }
}
