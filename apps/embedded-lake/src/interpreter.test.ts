import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const program = `
const { loadInterpreter } = await import(${JSON.stringify(new URL('./interpreter.ts', import.meta.url).href)});
const { StateMachine } = await loadInterpreter();
const task = { Type: 'Task', Resource: 'arn:aws:lambda:eu-west-1:123456789012:function:x', End: true };
const machine = new StateMachine({ StartAt: 'A', States: { A: task } }, { validationOptions: { noValidate: true } });
await machine.run({}).result.catch((error) => process.stdout.write(error.cause.message));`;

test('a task that nothing is bound to reaches no cloud, whose SDK is not even loaded', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { env: { ...process.env, NODE_OPTIONS: '' } });
  expect(stdout).toBe('the embedded lake reaches no cloud; expected every task of a state machine to be bound');
});
