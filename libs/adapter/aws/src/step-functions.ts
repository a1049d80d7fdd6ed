import { DescribeExecutionCommand, StartExecutionCommand, type DescribeExecutionCommandOutput, type ExecutionStatus, type SFNClient } from '@aws-sdk/client-sfn';
import { checkExecutionName, TerminalError, type RunStatus, type Workflows } from '@data-master/ports';
import { errorName, withLakeErrors } from './aws-errors.ts';

export interface StepFunctionsOptions {
  client: SFNClient;
  /** What stands before the name of a machine: `arn:aws:states:<region>:<account>:stateMachine:`. */
  machineArnPrefix: string;
}

const statuses: Record<ExecutionStatus, RunStatus> = {
  RUNNING: 'running',
  PENDING_REDRIVE: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'failed',
  ABORTED: 'cancelled',
};

/** Standard state machines of Step Functions; the id of an execution is its ARN. Step Functions forgets names after 90 days. */
export function createStepFunctionsWorkflows({ client, machineArnPrefix }: StepFunctionsOptions): Workflows {
  const find = async (executionArn: string): Promise<DescribeExecutionCommandOutput | undefined> => {
    try {
      return await client.send(new DescribeExecutionCommand({ executionArn }));
    } catch (error) {
      if (errorName(error) === 'ExecutionDoesNotExist') return undefined;
      throw error;
    }
  };

  return {
    start(machine, input, name) {
      const stateMachineArn = machineArnPrefix + machine;
      return withLakeErrors(`starting state machine ${stateMachineArn}`, async () => {
        checkExecutionName(name);
        const text = JSON.stringify(input);
        const expectedArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
        try {
          const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, name, input: text }));
          return executionArn ?? expectedArn;
        } catch (error) {
          if (errorName(error) !== 'ExecutionAlreadyExists') throw error;
          if ((await find(expectedArn))?.input === text) return expectedArn;
          throw new TerminalError(`execution ${name} of ${machine} has another input; expected the same under a known name; choose another name`, { cause: error });
        }
      });
    },
    describe: (executionArn) =>
      withLakeErrors(`looking at execution ${executionArn}`, async () => {
        const found = await find(executionArn);
        if (!found?.status) return undefined;
        const error = [found.error, found.cause].filter(Boolean).join(': ');
        return { status: statuses[found.status], ...(error !== '' && { error }) };
      }),
  };
}
