import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import type { Json, JsonObject } from '../template/json.ts';
import { listTasks } from './machine-definition.ts';

/** Does what a service does for a task: the request that the state makes, in JSON, to the service's answer. */
export type Service = (request: JsonObject) => Promise<unknown>;

export interface ExecutionResult {
  status: 'SUCCEEDED' | 'FAILED';
  error?: string;
}

/** Runs a definition to its end with a service for each task's resource; a task without one is refused before it begins. */
export async function runMachine(definition: JsonObject, input: Json, executionId: string, services: Readonly<Record<string, Service>>): Promise<ExecutionResult> {
  const handlers = Object.fromEntries(listTasks(definition).map(({ state, service }) => {
    const call = services[service];
    if (!call) throw new Error(`state ${state} calls ${service}; expected one of ${Object.keys(services).join(', ')}`);
    return [state, async (request: unknown) => throughJson(await call(throughJson(request) as JsonObject))];
  }));
  const machine = new StateMachine(definition as unknown as StateMachineDefinition, { validationOptions: { noValidate: true } });
  const { result } = machine.run(input, { overrides: { taskResourceLocalHandlers: handlers }, context: { Execution: { Id: executionId, Name: executionId.split(':').at(-1)!, Input: input } } });
  return result.then(() => ({ status: 'SUCCEEDED' }), (error: unknown) => ({ status: 'FAILED', error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }));
}

/** Services answer in JSON, so nothing else passes. */
function throughJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value ?? null)) as Json;
}
