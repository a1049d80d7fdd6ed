import { describe, expect, it } from '@jest/globals';
import { TerminalError, type Job, type JobRunner, type Workflows } from '@data-master/ports';
import { perTest, type Setup } from './per-test.ts';

export interface WorkflowsParts {
  workflows: Workflows;
  /** A machine that there is, whose executions stay running. */
  machine: string;
}

/** The contract of Workflows. */
export function describeWorkflows(name: string, setup: Setup<WorkflowsParts>): void {
  describe(`${name} keeps the contract of workflows`, () => {
    const parts = perTest(setup);
    const start = (input: unknown, execution = 'daily-2026-01-01') => parts().workflows.start(parts().machine, input, execution);

    it('starts an execution that can be looked at', async () => {
      expect(await parts().workflows.describe(await start({ layer: 'silver' }))).toEqual({ status: 'running' });
    });

    it('starts a name once, however often and at once it is asked', async () => {
      const ids = await Promise.all(Array.from({ length: 20 }, () => start({ tables: ['beer'] })));
      expect(new Set(ids).size).toBe(1);
      expect(await start({ tables: ['beer'] }, 'daily-2026-01-02')).not.toBe(ids[0]);
    });

    it('refuses a known name with another input', async () => {
      await start({ tables: ['beer'] });
      await expect(start({ tables: ['review'] })).rejects.toBeInstanceOf(TerminalError);
    });

    it.each(['', 'a b', 'a/b', 'ü', 'x'.repeat(81)])('refuses the name %j', async (execution) => {
      await expect(start({}, execution)).rejects.toBeInstanceOf(TerminalError);
    });

    it('refuses a machine that does not exist', async () => {
      await expect(parts().workflows.start('missing', {}, 'a')).rejects.toBeInstanceOf(TerminalError);
    });

    it('knows nothing of an execution that was not started', async () => {
      const id = await start({}, 'known');
      expect(await parts().workflows.describe(id.replace(/known$/, 'unknown'))).toBeUndefined();
    });
  });
}

const job: Job = { name: 'silver review', parameters: ['--layer', 'silver', '--table', 'review'] };

/** The contract of JobRunner. */
export function describeJobRunner(name: string, setup: Setup<JobRunner>): void {
  describe(`${name} keeps the contract of a job runner`, () => {
    const runner = perTest(setup);

    it('submits a job that can be looked at', async () => {
      const state = await runner().describe(await runner().submit(job, 'token'));
      expect(['running', 'succeeded']).toContain(state?.status);
    });

    it('submits once for a token, however long, often and at once it is asked', async () => {
      const token = `arn:aws:states:x:1:execution:dm/${'y'.repeat(200)}`;
      const ids = await Promise.all(Array.from({ length: 20 }, () => runner().submit(job, token)));
      expect(new Set(ids).size).toBe(1);
      expect(await runner().submit(job, `${token}2`)).not.toBe(ids[0]);
    });

    it('cancels a run, also one that ended', async () => {
      const id = await runner().submit(job, 'token');
      await runner().cancel(id);
      await runner().cancel(id);
      expect(await runner().describe(id)).toEqual({ status: 'cancelled' });
    });

    it('knows nothing of a run that was not submitted', async () => {
      await runner().submit(job, 'token');
      expect(await runner().describe('00unknown')).toBeUndefined();
    });
  });
}
