import type { Command } from 'commander';
import { beerLake } from '@data-master/beer-lake';
import { openEmbeddedLake, type EmbeddedLake, type OpenOptions } from '@data-master/embedded-lake';
import { createProgress, type Progress } from '../output/progress.ts';
import { formatJson } from '../output/text-table.ts';

/** Options that every command has. */
export interface GlobalOptions {
  home?: string;
  json?: boolean;
  config?: string;
  engine?: 'auto' | 'duckdb' | 'spark';
}

/** What a command works with; its streams are replaced in tests. */
export interface CommandContext {
  lake: EmbeddedLake;
  json: boolean;
  progress: Progress;
  /** Ends when the user asks to stop. */
  signal: AbortSignal;
  /** For people: nothing when JSON is wanted. */
  print: (text: string) => void;
  /** For machines: one object on one line, only when JSON is wanted. */
  printJson: (value: unknown) => void;
}

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Opens the lake, runs a command on it and closes it, whatever happens. Returns the exit code. */
export async function withLake(options: GlobalOptions & OpenOptions, command: (context: CommandContext) => Promise<number | void>): Promise<number> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const name of stopSignals) process.once(name, onSignal);
  const { home, config, engine } = options;
  const given = { ...(home && { DM_HOME: home }), ...(config && { DM_CONFIG: config }), ...(engine && { DM_ENGINE: engine }) };
  const lake = await openEmbeddedLake(beerLake, { ...process.env, ...given }, options);
  try {
    const json = options.json ?? false;
    return (await command({
      lake,
      json,
      progress: createProgress(process.stderr),
      signal: stop.signal,
      print: (text) => void (json || process.stdout.write(`${text}\n`)),
      printJson: (value) => void (json && process.stdout.write(`${formatJson(value)}\n`)),
    })) ?? 0;
  } finally {
    for (const name of stopSignals) process.off(name, onSignal);
    await lake.close();
  }
}

type LakeAction<Args extends unknown[]> = (context: CommandContext, ...args: Args) => Promise<number | void>;

/** Gives an action the opened lake, made when it is not there, and turns its result into the exit code. */
export function onLake<Args extends unknown[]>(action: LakeAction<Args>, create = true) {
  return async function (this: Command, ...args: Args): Promise<void> {
    process.exitCode = await withLake({ ...this.optsWithGlobals<GlobalOptions>(), create }, (context) => action(context, ...args));
  };
}

/** The same for a lake that must be there. */
export const onExistingLake = <Args extends unknown[]>(action: LakeAction<Args>) => onLake(action, false);
