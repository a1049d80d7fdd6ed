import { checkExecutionName, TerminalError, type Job, type JobRunner, type RunState, type Workflows } from '@data-master/ports';

/** Executions in memory, their input as JSON, which run until they are told how they ended. */
export interface MemoryWorkflows extends Workflows {
  readonly executions: Map<string, { input: string; state: RunState }>;
}

export function createMemoryWorkflows(machines: string[]): MemoryWorkflows {
  const executions: MemoryWorkflows['executions'] = new Map();
  return {
    executions,
    async start(machine, input, name) {
      checkExecutionName(name);
      if (!machines.includes(machine)) throw new TerminalError(`state machine ${machine} does not exist; expected one of ${machines.join(', ')}; correct the name`);
      const id = `${machine}:${name}`;
      const text = JSON.stringify(input);
      const known = executions.get(id);
      if (known && known.input !== text) throw new TerminalError(`execution ${name} has another input; expected the same under a known name; choose another name`);
      if (!known) executions.set(id, { input: text, state: { status: 'running' } });
      return id;
    },
    describe: async (executionId) => structuredClone(executions.get(executionId)?.state),
  };
}

/** Jobs in memory, which run until they are cancelled or told how they ended. */
export interface MemoryJobRunner extends JobRunner {
  readonly runs: Map<string, { job: Job; token: string; state: RunState }>;
}

export function createMemoryJobRunner(): MemoryJobRunner {
  const runs: MemoryJobRunner['runs'] = new Map();
  return {
    runs,
    async submit(job, token) {
      const known = [...runs].find(([, run]) => run.token === token);
      if (known) return known[0];
      const id = `run-${runs.size + 1}`;
      runs.set(id, { job: structuredClone(job), token, state: { status: 'running' } });
      return id;
    },
    describe: async (runId) => structuredClone(runs.get(runId)?.state),
    async cancel(runId) {
      const run = runs.get(runId);
      if (run?.state.status === 'running') run.state = { status: 'cancelled' };
    },
  };
}
