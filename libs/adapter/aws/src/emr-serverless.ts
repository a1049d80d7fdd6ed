import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { CancelJobRunCommand, GetJobRunCommand, StartJobRunCommand, type EMRServerlessClient, type JobRunState } from '@aws-sdk/client-emr-serverless';
import { TerminalError, TransientError, type JobRunner, type RunState, type RunStatus } from '@data-master/ports';
import { errorName, withLakeErrors } from './aws-errors.ts';

export interface EmrServerlessOptions {
  client: EMRServerlessClient;
  applicationId: string;
  roleArn: string;
  /** URI of the driver, `s3://…/main.py`. */
  entryPoint: string;
  /** Parameters of spark-submit, such as `--conf a=b`; none when not given. */
  sparkParameters?: string;
  /** After this the service ends the run; at least 5. */
  timeoutMinutes: number;
}

const statuses: Record<JobRunState, RunStatus> = {
  SUBMITTED: 'running',
  PENDING: 'running',
  QUEUED: 'running',
  SCHEDULED: 'running',
  RUNNING: 'running',
  CANCELLING: 'running',
  SUCCESS: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
};

/** Spark jobs of one EMR Serverless application. */
export function createEmrServerlessJobRunner({ client, applicationId, roleArn, entryPoint, sparkParameters, timeoutMinutes }: EmrServerlessOptions): JobRunner {
  const describe = async (jobRunId: string): Promise<RunState | undefined> => {
    try {
      const { jobRun } = await client.send(new GetJobRunCommand({ applicationId, jobRunId }));
      if (!jobRun?.state) return undefined;
      const status = statuses[jobRun.state];
      return { status, ...(status === 'failed' && jobRun.stateDetails && { error: jobRun.stateDetails }) };
    } catch (error) {
      if (errorName(error) === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  };

  return {
    submit: ({ name, parameters }, token) =>
      withLakeErrors(`submitting job ${name} to application ${applicationId}`, async () => {
        const { jobRunId } = await client.send(
          new StartJobRunCommand({
            applicationId,
            clientToken: createHash('sha256').update(token).digest('hex'),
            executionRoleArn: roleArn,
            name,
            executionTimeoutMinutes: timeoutMinutes,
            jobDriver: { sparkSubmit: { entryPoint, entryPointArguments: parameters, sparkSubmitParameters: sparkParameters } },
          }),
        );
        if (jobRunId === undefined) throw new TerminalError(`job ${name} came without a run; expected its id; look at what answers as EMR Serverless`);
        return jobRunId;
      }),
    describe: (runId) => withLakeErrors(`looking at job run ${runId}`, () => describe(runId)),
    cancel: (runId) =>
      withLakeErrors(`cancelling job run ${runId}`, async () => {
        try {
          await client.send(new CancelJobRunCommand({ applicationId, jobRunId: runId }));
        } catch (error) {
          if (errorName(error) !== 'ValidationException' || (await describe(runId))?.status === 'running') throw error;
        }
      }),
  };
}

/** Waits until a run succeeded. One that fails or is cancelled is a TerminalError; one that takes longer is cancelled, a TransientError. */
export async function awaitJob(runner: JobRunner, runId: string, { timeoutMs, pollMs }: { timeoutMs: number; pollMs: number }): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const state = await runner.describe(runId);
    if (state?.status === 'succeeded') return;
    if (state?.status !== 'running') throw new TerminalError(`job run ${runId} is ${state?.status ?? 'unknown'}; expected success; ${state?.error ?? 'read its log'}`);
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) break;
    await setTimeout(Math.min(pollMs, leftMs));
  }
  await runner.cancel(runId);
  throw new TransientError(`job run ${runId} took more than ${timeoutMs} ms; expected its end; it was cancelled: give it more time or resources, then repeat`);
}
