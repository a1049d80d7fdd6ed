/** A SQL value as the engine returns it: BIGINT as bigint, DECIMAL and temporal types as text, NULL as null. */
export type SqlValue = null | boolean | number | bigint | string | Uint8Array | SqlValue[] | { [name: string]: SqlValue };
export type SqlRow = Record<string, SqlValue>;

export interface SessionOptions {
  /** True when not given. */
  preserveInsertionOrder?: boolean;
}

/** Runs analytical SQL on files of this machine, within a bound of memory and with a folder to spill to. */
export interface QueryEngine {
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<SqlRow[]>;
  /** Sets a session variable, read in SQL by `getvariable('name')`; keeps secrets out of SQL text and errors. */
  setVariable(name: string, value: string | Uint8Array): Promise<void>;
  /**
   * Runs `work` on a connection of its own, so that temporary tables, variables and transactions do not meet; they end
   * with it. `preserveInsertionOrder: false` lets large writes reorder rows for less memory.
   */
  session<Result>(work: (engine: QueryEngine) => Promise<Result>, options?: SessionOptions): Promise<Result>;
  /** Interrupts what is running. */
  close(): Promise<void>;
}
