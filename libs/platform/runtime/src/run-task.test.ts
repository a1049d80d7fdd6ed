import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const program = join(import.meta.dirname, 'testing', 'task-program.ts');

/** Runs the program and sends it `signal` once it is at work. */
function runProgram(parameters: string[], signal?: NodeJS.Signals): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...parameters], { env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let sent = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (signal && !sent && output.includes('started\n')) sent = child.kill(signal);
  });
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (code) => resolve({ code, output })));
}

const anHour = '3600000';

it.each([['done', 0], ['failed', 1], ['transient', 75]])('ends a task that is %s with code %i and hands nothing back', async (outcome, expected) => {
  const { code, output } = await runProgram([outcome]);
  expect(code).toBe(expected);
  expect(output).not.toContain('handed back');
  expect(output).not.toContain('jane');
});

it.each([['SIGTERM', 143], ['SIGINT', 130]] as const)('at %s hands unfinished work back and ends within the time', async (signal, expected) => {
  const { code, output } = await runProgram(['done', anHour], signal);
  expect(code).toBe(expected);
  expect(output.match(/^handed back$/gm)).toHaveLength(1);
});

it('lets work that is nearly done come to its end', async () => {
  const { code, output } = await runProgram(['done', '50'], 'SIGTERM');
  expect({ code, handedBack: output.includes('handed back') }).toEqual({ code: 0, handedBack: false });
});

it('ends also when the work cannot be handed back', async () => {
  const { code, output } = await runProgram(['done', anHour, 'fails'], 'SIGTERM');
  expect(code).toBe(143);
  expect(output).toContain('task.hand_back_failed');
});
