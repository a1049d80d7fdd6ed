import type { Writable } from 'node:stream';
import { pino } from 'pino';
import { redactText } from '@data-master/pii-masking';
import type { Logger, LogLevel } from '@data-master/ports';
import { toPublicFields } from './public-fields.ts';

export interface LoggerOptions {
  level?: LogLevel | 'silent';
  /** A stream, or the path of a file that is appended to; standard output when not given. */
  destination?: Writable | string;
  /** Fields of every line. */
  fields?: Record<string, unknown>;
  /** Takes personal data out of a text; e-mail addresses by default. */
  redact?: (text: string) => string;
}

/**
 * Logs JSON lines `{level, time, event, …fields}`, written before the call returns. Every text of the fields, error
 * messages and stacks included, passes through `redact`; an error is logged as `{name, message, stack, cause}`.
 */
export function createLogger({ level = 'info', destination, fields = {}, redact = redactText }: LoggerOptions = {}): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label: string) => ({ level: label }) } };
  const stream = typeof destination === 'object' ? destination : openFile(destination);
  const lines = pino(options, stream);
  const withFields = (bound: Record<string, unknown>): Logger => ({
    log: (lineLevel, event, own = {}) => {
      if (lines.isLevelEnabled(lineLevel)) lines[lineLevel]({ event, ...bound, ...toPublicFields(own, redact) });
    },
    child: (own) => withFields({ ...bound, ...toPublicFields(own, redact) }),
  });
  return withFields(toPublicFields(fields, redact));
}

/** A line that cannot be written, on a full disk, ends no work: it waits for the next one. */
function openFile(path: string | number = 1): Writable {
  const file = pino.destination({ dest: path, append: true, mkdir: true, sync: true });
  file.on('error', () => undefined);
  return file as unknown as Writable;
}
