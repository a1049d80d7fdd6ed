/** The present, as the shell has it. */
export interface Clock {
  now(): Date;
}

/** Fresh unique identifiers. */
export interface Ids {
  next(): string;
}

/** Secrets by name; a secret never enters the data, a log or a message. */
export interface Secrets {
  /** The secret, made of `sizeBytes` random bytes at the first call; concurrent first calls agree on one. */
  getOrCreate(name: string, sizeBytes: number): Promise<Uint8Array>;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Structured log: an event name (`bronze.written`) and its fields. */
export interface Logger {
  log(level: LogLevel, event: string, fields?: Record<string, unknown>): void;
  child(fields: Record<string, unknown>): Logger;
}
