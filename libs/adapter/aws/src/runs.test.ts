import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { CreateApplicationCommand, EMRServerlessClient, ListJobRunsCommand, StartJobRunCommand } from '@aws-sdk/client-emr-serverless';
import { CreateStateMachineCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { TerminalError, TransientError } from '@data-master/ports';
import { createMemoryJobRunner, describeJobRunner, describeWorkflows, perTest } from '@data-master/testing';
import { awaitJob, createEmrServerlessJobRunner } from './emr-serverless.ts';
import { createStepFunctionsWorkflows } from './step-functions.ts';
import { describeWithMoto, injectFaults, startMoto, type Moto } from './testing/index.ts';

const roleArn = 'arn:aws:iam::123456789012:role/any';
const definition = JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Succeed' } } });
type OnEnd = (clean: () => unknown) => void;

async function makeMachine({ config }: Moto, onEnd: OnEnd) {
  const client = new SFNClient({ ...config });
  onEnd(() => client.destroy());
  const machine = `machine-${randomUUID()}`;
  const { stateMachineArn = '' } = await client.send(new CreateStateMachineCommand({ name: machine, definition, roleArn }));
  return { client, machine, workflows: createStepFunctionsWorkflows({ client, machineArnPrefix: stateMachineArn.slice(0, -machine.length) }) };
}

async function makeApplication({ config }: Moto, onEnd: OnEnd) {
  const client = new EMRServerlessClient({ ...config });
  onEnd(() => client.destroy());
  const { applicationId = '' } = await client.send(new CreateApplicationCommand({ name: 'spark', releaseLabel: 'emr-7.10.0', type: 'SPARK' }));
  const options = { client, applicationId, roleArn, entryPoint: 's3://bucket/main.py', timeoutMinutes: 60 };
  return { ...options, runner: createEmrServerlessJobRunner(options) };
}

// moto runs nothing: its executions stay running and its jobs have succeeded at once, so that waiting is proved with the memory runner.
await describeWithMoto('on moto', (moto) => {
  describeWorkflows('Step Functions', (onEnd) => makeMachine(moto(), onEnd));
  describeJobRunner('EMR Serverless', async (onEnd) => (await makeApplication(moto(), onEnd)).runner);

  describe('Step Functions, when requests fail,', () => {
    const parts = perTest((onEnd) => makeMachine(moto(), onEnd));

    it('starts a name once although the answer is lost', async () => {
      const { client, machine, workflows } = parts();
      injectFaults(client, 'StartExecutionCommand', ['lost-after']);
      const id = await workflows.start(machine, { a: 1 }, 'once');
      expect(await workflows.start(machine, { a: 1 }, 'once')).toBe(id);
    });

    it('gives the execution of a name that has ended', async () => {
      const { client, machine, workflows } = parts();
      const id = await workflows.start(machine, { a: 1 }, 'ended');
      await client.send(new StopExecutionCommand({ executionArn: id, error: 'E', cause: 'by hand' }));
      expect(await workflows.start(machine, { a: 1 }, 'ended')).toBe(id);
      expect(await workflows.describe(id)).toMatchObject({ status: 'cancelled' });
    });

    it('says that throttling is transient', async () => {
      injectFaults(parts().client, 'StartExecutionCommand', ['throttled', 'throttled', 'throttled']);
      await expect(parts().workflows.start(parts().machine, {}, 'throttled')).rejects.toBeInstanceOf(TransientError);
    });
  });

  describe('EMR Serverless, when requests fail,', () => {
    const parts = perTest((onEnd) => makeApplication(moto(), onEnd));

    it('submits once although the answer is lost', async () => {
      const { client, applicationId, runner } = parts();
      injectFaults(client, 'StartJobRunCommand', ['lost-after']);
      await runner.submit({ name: 'job', parameters: [] }, 'token');
      expect((await client.send(new ListJobRunsCommand({ applicationId }))).jobRuns).toHaveLength(1);
    });

    it('says which application is missing', async () => {
      const runner = createEmrServerlessJobRunner({ ...parts(), applicationId: '00missing' });
      await expect(runner.submit({ name: 'job', parameters: [] }, 'token')).rejects.toThrow(/00missing.*ResourceNotFoundException/);
    });
  });

  it('needs what is added to moto: on its own it submits a job for each request of a token', async () => {
    const plain = await startMoto({ plain: true });
    const cleaners: (() => unknown)[] = [];
    try {
      const { client, applicationId } = await makeApplication(plain, (clean) => cleaners.push(clean));
      const submit = () => client.send(new StartJobRunCommand({ applicationId, executionRoleArn: roleArn, clientToken: 'token' }));
      expect((await submit()).jobRunId).not.toBe((await submit()).jobRunId);
    } finally {
      for (const clean of cleaners) await clean();
      await plain.close();
    }
  });
});

describe('waiting for a job', () => {
  const submit = async () => {
    const runner = createMemoryJobRunner();
    const runId = await runner.submit({ name: 'job', parameters: [] }, 'token');
    return { runner, runId, run: runner.runs.get(runId) };
  };

  it('ends with its success', async () => {
    const { runner, runId, run } = await submit();
    const waiting = awaitJob(runner, runId, { timeoutMs: 60_000, pollMs: 1 });
    if (run) run.state = { status: 'succeeded' };
    await waiting;
  });

  it('says why it failed', async () => {
    const { runner, runId, run } = await submit();
    if (run) run.state = { status: 'failed', error: 'out of memory' };
    await expect(awaitJob(runner, runId, { timeoutMs: 60_000, pollMs: 1 })).rejects.toThrow(/failed; expected success; out of memory/);
    await expect(awaitJob(runner, 'unknown', { timeoutMs: 60_000, pollMs: 1 })).rejects.toBeInstanceOf(TerminalError);
  });

  it('cancels one that takes too long', async () => {
    const { runner, runId } = await submit();
    await expect(awaitJob(runner, runId, { timeoutMs: 5, pollMs: 1 })).rejects.toBeInstanceOf(TransientError);
    expect(await runner.describe(runId)).toEqual({ status: 'cancelled' });
  });
});
