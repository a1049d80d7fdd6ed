import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

export type LogLine = Record<string, unknown> & { event?: string };

export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** What it wrote to standard error. */
  said: string;
}

/** A shell in a process of its own, which knows nothing but its environment. */
export interface ShellProcess {
  /** The lines that it logged so far. */
  readonly logs: LogLine[];
  /** Resolves to the first line for which `matches` holds, past or to come; rejects when the process ends without. */
  logged(matches: (line: LogLine) => boolean): Promise<LogLine>;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<Ending>;
}

export interface LambdaProcess extends ShellProcess {
  /** Calls the handler with an event as it comes over the wire; rejects with name, message and stack of what it throws. */
  invoke(event: unknown): Promise<unknown>;
  close(): Promise<void>;
}

type Environment = Record<string, string>;
type Answer = { result: unknown } | { error: { name: string; message: string; stack?: string } };

const nodeOptions = ['--disable-warning=ExperimentalWarning'];
let requests = 0;

/** Starts a Lambda function as the platform does: its module is imported once, its handler called for each event. */
export function startLambda(handlerFile: string, environment: Environment): LambdaProcess {
  const child = fork(join(import.meta.dirname, 'lambda-process.ts'), [pathToFileURL(handlerFile).href], { env: environment, execArgv: nodeOptions, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const shell = watch(child);
  const ended = shell.ended.then(({ code, signal, said }): never => {
    throw new Error(`the function ended with ${signal ?? `code ${code}`} before it answered; expected an answer; it said:\n${said}`);
  });
  ended.catch(() => undefined);
  const ready = Promise.race([once(child, 'message'), ended]);
  ready.catch(() => undefined);
  let last: Promise<unknown> = ready;
  return {
    ...shell,
    invoke(event) {
      const answer = last.then(async () => {
        requests += 1;
        child.send({ event: JSON.parse(JSON.stringify(event)) as object, requestId: `request-${requests}` });
        const [message] = (await Promise.race([once(child, 'message'), ended])) as [Answer];
        if ('error' in message) throw Object.assign(new Error(message.error.message), message.error);
        return message.result;
      });
      last = answer.catch(() => undefined);
      return answer;
    },
    async close() {
      if (child.connected) child.disconnect();
      await shell.ended;
    },
  };
}

/** Starts the program of a task. */
export function startTask(mainFile: string, environment: Environment): ShellProcess {
  return watch(spawn(process.execPath, [...nodeOptions, mainFile], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] }));
}

function watch(child: ChildProcess): ShellProcess {
  if (!child.stdout || !child.stderr) throw new Error('the process has no standard streams; expected pipes');
  const logs: LogLine[] = [];
  const waiting = new Set<(line: LogLine) => void>();
  const lines = createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as LogLine;
    logs.push(line);
    for (const take of waiting) take(line);
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  // A child that its parent disconnected has no `close`.
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close'), once(child.stderr, 'end')])
    .then(([[code, signal]]): Ending => ({ code: code as number | null, signal: signal as NodeJS.Signals | null, said }));
  ended.catch(() => undefined);
  return {
    logs,
    ended,
    kill: (signal) => void child.kill(signal),
    logged: (matches) => new Promise((resolve, reject) => {
      const take = (line: LogLine): void => {
        if (!matches(line)) return;
        waiting.delete(take);
        resolve(line);
      };
      logs.forEach(take);
      waiting.add(take);
      ended.then(() => reject(new Error(`the process ended without the line; it logged ${logs.map(({ event }) => event).join(', ')} and said:\n${said}`)), reject);
    }),
  };
}
