import { LakeError, TerminalError, TransientError } from '@data-master/ports';

interface EngineFailure {
  type: string;
  message: string;
  errno: number | undefined;
}

/** errno → remedy, for failures of the system that pass. */
const systemRemedies: Record<number, string> = {
  5: 'check the disk, then repeat',
  11: 'repeat',
  12: 'free memory, then repeat',
  23: 'raise the limit of open files, then repeat',
  24: 'raise the limit of open files (ulimit -n), then repeat',
  28: 'free disk space, then repeat',
  122: 'raise the disk quota or free space, then repeat',
};

const typesOverNames = new Set(['Parser', 'Syntax', 'Binder', 'Catalog', 'IO', 'Out of Memory', 'INTERRUPT']);

/**
 * The engine's error as the ports know it. Memory, disk space and interruption are transient, the rest is terminal. Text
 * that may quote the data is left out: values in quotes, the lines of a file, anything like an e-mail address. The
 * original error quotes the SQL and the data, so it is no `cause`.
 */
export function asLakeError(error: unknown): LakeError {
  if (error instanceof LakeError) return error;
  const failure = readFailure(error);
  const actual = `query failed with ${failure.type}: ${publicMessage(failure)}`;
  const systemRemedy = failure.errno === undefined ? undefined : systemRemedies[failure.errno];
  if (systemRemedy) return new TransientError(`${actual}; expected the file system to serve it; ${systemRemedy}`);
  if (failure.type === 'Out of Memory') {
    return new TransientError(`${actual}; expected it to fit in memory and spill space; give more memory (--memory) or free disk space, then repeat`);
  }
  if (failure.type === 'INTERRUPT') return new TransientError('query was interrupted; expected it to run to its end; repeat it');
  if (failure.type === 'Conversion') return new TerminalError(`${actual}; expected values of the declared type; correct the data or its contract`);
  return new TerminalError(`${actual}; expected the query and its input to be valid; correct them`);
}

function readFailure(error: unknown): EngineFailure {
  const text = error instanceof Error ? error.message : String(error);
  try {
    const parsed = JSON.parse(text.slice(Math.max(0, text.indexOf('{')))) as Record<string, unknown>;
    const errno = Number(parsed['errno']);
    return {
      type: String(parsed['exception_type']),
      message: String(parsed['exception_message']),
      errno: Number.isInteger(errno) ? errno : undefined,
    };
  } catch {
    const [, type, message] = /^([A-Z][A-Za-z ]*?) Error: (.*)/s.exec(text) ?? [];
    return { type: type ?? 'an unnamed error', message: message ?? text, errno: undefined };
  }
}

function publicMessage({ type, message }: EngineFailure): string {
  const firstLine = message.split('\n', 1)[0] ?? '';
  const unquoted = typesOverNames.has(type) ? firstLine : firstLine.replace(/'.*'|".*"/g, hideUnlessPath);
  return unquoted.replace(/[^\s'"<>,;]+@[^\s'"<>,;]+/g, '…').slice(0, 500);
}

function hideUnlessPath(quoted: string): string {
  return /^['"]\/[\w./=-]+['"]$/.test(quoted) ? quoted : '…';
}
