import type { ContractMode, TableMapping, TaskSettings } from '@data-master/change-events';
import type { ChangeTarget } from './change-target.ts';
import type { Clock, Logger } from './environment.ts';
import type { ObjectStore } from './object-store.ts';

/** What the lake knows of its tables, and what becomes of columns that it does not know. */
export interface ContractGuard {
  /** Names that a row may have; undefined for a table in no contract, whose columns all pass. */
  columnsOf: (table: string) => readonly string[] | undefined;
  /** Names of the primary key; undefined for a table in no contract. */
  keyOf: (table: string) => readonly string[] | undefined;
  mode: ContractMode;
}

/** What is to be replicated, how, and where to. */
export interface ReplicationTask {
  /** Lower snake_case; names the state, and what the task makes at the source. */
  name: string;
  mapping: TableMapping;
  settings: TaskSettings;
  target: ChangeTarget;
  /** Keeps the task's state, and under `errors/` what cannot be read. */
  store: ObjectStore;
  clock: Clock;
  logger: Logger;
  contract?: ContractGuard;
}

/** How a task is doing. */
export interface ReplicationStatus {
  phase: 'connecting' | 'loading' | 'streaming' | 'waiting' | 'ended';
  loadedRows: number;
  /** Events made durable since the start. */
  events: number;
  /** Log that the source keeps for the task; undefined while it is not reached, or where the source does not tell it. */
  lagBytes?: number;
  /** Age of the oldest change that came and is not durable. */
  lagSeconds: number;
  /** The last error, when the task waits to connect again. */
  error?: string;
}

/**
 * A change source at work for a task: its rows and changes go to the task's target, each at least once, in the order of
 * the source's log for any one row. Positions grow with the log, are the same when a change comes again, and compare as
 * text; commit times never go back along the log. The source may forget a change after the target made it durable.
 */
export interface Replication {
  /** Loads what is not loaded and returns; the changes meanwhile are kept by the source for `run`. */
  load: (signal?: AbortSignal) => Promise<void>;
  /** Loads what is not loaded, then brings changes until the signal ends it, connecting again after failures; throws when waiting cannot help. */
  run: (signal?: AbortSignal) => Promise<void>;
  status: () => Promise<ReplicationStatus>;
}
