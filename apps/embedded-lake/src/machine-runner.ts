import { listStates, type JsonValue, type MachineDefinition, type MachineState } from '@data-master/orchestration';
import type { RunHistory, RunStatus } from '@data-master/embedded';
import { TerminalError } from '@data-master/ports';
import { loadInterpreter } from './interpreter.ts';

/** Does a task: takes the request that the state makes of the service, gives the service's answer; both are JSON. */
export type TaskHandler = (request: JsonValue) => Promise<unknown>;

/** Handlers by the resource of a task and what its request names: `lambda:invoke dm-refinement-planner`. */
export type TaskHandlers = Readonly<Record<string, TaskHandler>>;

/** The parameter by which a request names what it is for. */
const namedBy: Record<string, string> = {
  'lambda:invoke': 'FunctionName',
  'ecs:runTask.sync': 'TaskDefinition',
  'emr-serverless:startJobRun.sync': 'ApplicationId',
  'sns:publish': 'TopicArn',
};

/** The handler of each task by the name of its state; a task that has none is refused. */
export function bindTasks(machine: string, definition: MachineDefinition, handlers: TaskHandlers): Record<string, TaskHandler> {
  return Object.fromEntries(listStates(definition).filter(({ state }) => state.Type === 'Task').map(({ name, state }) => {
    const task = taskOf(state);
    const handler = handlers[task];
    if (!handler) throw new TerminalError(`state ${name} of ${machine} is bound to nothing: ${task}; expected one of ${Object.keys(handlers).join(', ')}; bind it before the machine is started`);
    return [name, handler];
  }));
}

function taskOf({ Resource: resource = '', Parameters: parameters }: MachineState): string {
  const service = resource.replace(/^arn:aws:states:::/, '');
  const name = (parameters as Record<string, JsonValue> | undefined)?.[namedBy[service] ?? ''];
  return `${service} ${typeof name === 'string' ? name : ''}`;
}

export interface MachineExecution {
  machine: string;
  /** Without placeholders. */
  definition: MachineDefinition;
  tasks: Record<string, TaskHandler>;
  executionId: string;
  input: JsonValue;
  history: RunHistory;
  /** Ends the execution: what is under way is finished, nothing more is begun. */
  signal?: AbortSignal | undefined;
}

/** How an execution ended; `taskError` is the last error of a task, even one that a retry made good. */
export interface ExecutionResult {
  status: Exclude<RunStatus, 'running'>;
  error?: string;
  taskError?: unknown;
}

/**
 * Executes a state machine and keeps its state in the history. Never rejects for what happens in the machine; what a kill
 * interrupts is not resumed, since each task leaves its work in control records.
 */
export async function executeMachine({ machine, definition, tasks, executionId, input, history, signal }: MachineExecution): Promise<ExecutionResult> {
  const { StateMachine } = await loadInterpreter();
  await history.start({ execution_id: executionId, machine, input: JSON.stringify(input) });
  const underWay = new Set<Promise<unknown>>();
  let stopped = false;
  let taskError: unknown;
  const handlers = Object.fromEntries(Object.entries(tasks).map(([state, handler]) => [state, async (request: JsonValue) => {
    if (stopped) throw new Error('the execution was stopped');
    const work = handler(asJson(request));
    underWay.add(work);
    try {
      return asJson(await work);
    } catch (error) {
      taskError = error;
      throw error;
    } finally {
      underWay.delete(work);
    }
  }]));
  const execution = new StateMachine(definition as ConstructorParameters<typeof StateMachine>[0], { validationOptions: { noValidate: true } })
    .run(input, { overrides: { taskResourceLocalHandlers: handlers }, context: { Execution: { Id: executionId, Name: executionId } }, noThrowOnAbort: true });
  const stop = (): void => {
    stopped = true;
    execution.abort();
  };
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  const result = await execution.result.then<ExecutionResult, ExecutionResult>(
    () => ({ status: stopped ? 'aborted' : 'succeeded' }),
    (error: unknown) => ({ status: 'failed', error: causeOf(error) }),
  );
  signal?.removeEventListener('abort', stop);
  await Promise.allSettled(underWay);
  const { status, error } = result;
  const task = taskError instanceof Error ? `; ${taskError.name}: ${taskError.message}` : '';
  await history.end(executionId, status, error && `${error}${task}`);
  return { ...result, taskError };
}

/** The error and cause of a Fail state, else what broke the execution. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}

/** What comes through the services is JSON: what is not in it, or shared, does not pass. */
function asJson(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value ?? null)) as JsonValue;
}
