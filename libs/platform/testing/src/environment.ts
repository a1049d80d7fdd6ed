import type { Clock, Ids, Logger, LogLevel, Secrets } from '@data-master/ports';

/** A clock that stands still until it is told to move. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
}

/** Begins at 2026-01-01T00:00:00Z when no instant is given. */
export function createManualClock(start: Date = new Date('2026-01-01T00:00:00.000Z')): ManualClock {
  let nowMs = start.getTime();
  return {
    now: () => new Date(nowMs),
    advance(ms) {
      nowMs += ms;
    },
  };
}

/** `<prefix>1`, `<prefix>2`, … */
export function createSequentialIds(prefix = 'id-'): Ids {
  let count = 0;
  return { next: () => `${prefix}${++count}` };
}

/** Secrets that differ by name and are the same in every run. */
export function createMemorySecrets(): Secrets {
  const secrets = new Map<string, Uint8Array>();
  return {
    async getOrCreate(name, sizeBytes) {
      const known = secrets.get(name);
      if (known) {
        if (known.length !== sizeBytes) throw new Error(`secret ${name} has ${known.length} bytes; expected ${sizeBytes}; ask for its own size`);
        return known.slice();
      }
      const seed = [...name].reduce((hash, char) => (hash * 31 + (char.codePointAt(0) ?? 0)) % 65_521, 7);
      const secret = Uint8Array.from({ length: sizeBytes }, (_, index) => (seed * (index + 1) * 131) % 251);
      secrets.set(name, secret);
      return secret.slice();
    },
  };
}

export interface LogEntry {
  level: LogLevel;
  event: string;
  fields: Record<string, unknown>;
}

/** A logger that keeps what it is told; children write into the same `entries`. */
export interface MemoryLogger extends Logger {
  readonly entries: LogEntry[];
}

export function createMemoryLogger(): MemoryLogger {
  const entries: LogEntry[] = [];
  const withFields = (bound: Record<string, unknown>): Logger => ({
    log: (level, event, fields = {}) => void entries.push({ level, event, fields: { ...bound, ...fields } }),
    child: (fields) => withFields({ ...bound, ...fields }),
  });
  return { ...withFields({}), entries };
}
