import { TerminalError } from './errors.ts';

/** Throws a TerminalError unless every implementation of Workflows takes the name. */
export function checkExecutionName(name: string): void {
  if (!/^[\w-]{1,80}$/.test(name)) {
    throw new TerminalError(`execution name ${JSON.stringify(name.slice(0, 200))}; expected 1 to 80 letters, digits, hyphens and underscores; rename it`);
  }
}
