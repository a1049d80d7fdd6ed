export type RunStatus = 'running' | 'succeeded' | 'failed' | 'cancelled';

/** How it stands with an execution or a job. */
export interface RunState {
  status: RunStatus;
  /** Why it failed, as far as the service says. */
  error?: string;
}

/** Starts state machines. */
export interface Workflows {
  /**
   * Starts an execution and gives its id. A name (letters, digits, hyphens, underscores, up to 80) starts once: asked again
   * with the same input it gives the execution that is there, with another input it is a TerminalError.
   */
  start(machine: string, input: unknown, name: string): Promise<string>;
  /** Undefined when there is no such execution. */
  describe(executionId: string): Promise<RunState | undefined>;
}

/** What a job runs: the entry point is the runner's. */
export interface Job {
  name: string;
  parameters: string[];
}

/** Runs jobs elsewhere. */
export interface JobRunner {
  /** Submits a job and gives the id of its run; the same token gives the same run. */
  submit(job: Job, token: string): Promise<string>;
  /** Undefined when there is no such run. */
  describe(runId: string): Promise<RunState | undefined>;
  /** Asks for the end of a run; cancelling one that ended is no error. */
  cancel(runId: string): Promise<void>;
}
