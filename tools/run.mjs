import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError, prepareWorkspace, say, workspace, workspaceEnvironment } from './setup.mjs';

const COMMANDS = {
  dm: join(workspace, 'apps', 'cli', 'src', 'main.ts'),
  test: join(workspace, 'tools', 'test.mjs'),
};

/**
 * Runs `dm …` or `test …` on the pinned Node, after whatever set-up that needs, and ends this process as the command
 * ended: same exit code, or same signal. Standard streams, arguments and the working folder are the command's own.
 */
export async function run([command, ...parameters]) {
  const program = COMMANDS[command];
  if (!program) return fail(`there is no command ${command ?? '(none)'}: expected one of ${Object.keys(COMMANDS).join(', ')}`, 2);
  let node;
  try {
    node = await prepareWorkspace();
  } catch (error) {
    if (error instanceof SetupError) return fail(error.message, 1);
    throw error;
  }
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', program, ...parameters], { stdio: 'inherit', env: workspaceEnvironment(workspace) });
  const forward = (signal) => {
    // A terminal sends Ctrl-C to the whole foreground group: the child has it already.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  child.on('error', (error) => fail(`${node} does not start: ${error.message}; remove node_modules and try again`, 1));
  child.on('exit', (code, signal) => {
    for (const name of signals) process.removeListener(name, forward);
    if (signal === null) process.exitCode = code;
    else if (process.platform === 'win32') process.exitCode = 128 + constants.signals[signal];
    else process.kill(process.pid, signal);
  });
}

function fail(message, exitCode) {
  say(message);
  process.exitCode = exitCode;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await run(process.argv.slice(2));
