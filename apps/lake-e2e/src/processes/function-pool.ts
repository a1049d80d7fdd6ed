import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createLimit } from './limit.ts';
import type { InvocationResult } from './lambda-runtime.ts';
import { withOwnFolder } from './own-folder.ts';

const runtime = join(import.meta.dirname, 'lambda-runtime.ts');

/** A deployed function: its bundle and all that its process is told. */
export interface FunctionSettings {
  functionName: string;
  bundle: string;
  /** The whole environment of the process. */
  environment: Record<string, string>;
  timeoutMs: number;
  /** Events at a time; further ones wait. */
  concurrency: number;
}

/** A failure as AWS reports it to whoever invoked the function. */
export class FunctionError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Runs a function's bundle as Lambda does: one event at a time in a process, as many processes as there are events, kept warm. */
export interface FunctionPool {
  /** The handler's answer; throws `FunctionError` for what the handler threw, for its timeout and for the end of its process. */
  invoke: (event: unknown) => Promise<unknown>;
  /** Ends every process at work by SIGKILL. */
  killBusy: () => void;
  close: () => Promise<void>;
}

/** `log` gets whatever the processes print. */
export function createFunctionPool({ functionName, bundle, environment, timeoutMs, concurrency }: FunctionSettings, log: (text: string) => void): FunctionPool {
  const idle: ChildProcess[] = [];
  const busy = new Set<ChildProcess>();
  const limit = createLimit(concurrency);

  const start = (): ChildProcess => {
    const child = fork(runtime, [bundle], { env: withOwnFolder(environment), execArgv: ['--disable-warning=ExperimentalWarning'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => log(chunk.toString()));
    return child;
  };

  const answerOf = async (child: ChildProcess, event: unknown): Promise<InvocationResult> => {
    const requestId = randomUUID();
    let said = '';
    const listen = (chunk: Buffer): void => void (said = `${said}${chunk.toString()}`.slice(-2_000));
    child.stderr?.on('data', listen);
    const over = new AbortController();
    const { signal } = over;
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    try {
      child.send({ requestId, event });
      const ended = once(child, 'exit', { signal }).then(([code, by]) => {
        throw new FunctionError('Runtime.ExitError', `${functionName} ended with ${String(code ?? by)} at its event: ${said}`);
      });
      const answered = once(child, 'message', { signal }).then(([message]) => message as InvocationResult);
      ended.catch(() => undefined);
      answered.catch(() => undefined);
      return await Promise.race([answered, ended]);
    } finally {
      clearTimeout(timer);
      child.stderr?.off('data', listen);
      over.abort();
    }
  };

  const end = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };

  return {
    invoke: (event) => limit(async () => {
      const child = idle.pop() ?? start();
      busy.add(child);
      try {
        const answer = await answerOf(child, event);
        idle.push(child);
        if ('error' in answer) throw new FunctionError(answer.error.name, answer.error.message);
        return answer.result;
      } finally {
        busy.delete(child);
      }
    }),
    killBusy: () => busy.forEach((child) => void child.kill('SIGKILL')),
    close: async () => void (await Promise.all([...idle.splice(0), ...busy].map(end))),
  };
}
