import { runCdk } from './cdk.ts';
import { chosenStacks, readOptions, readPlan, runProgram } from './options.ts';

/** Synthesizes or compares the stacks: `node cdk-main.ts synth|diff`. Needs no account to synthesize. */
await runProgram(async () => {
  const options = readOptions();
  const verb = options.positionals[0] ?? '';
  if (!['synth', 'diff'].includes(verb)) throw new Error(`command ${verb || '(none)'} is unknown; expected synth or diff`);
  return runCdk(verb, chosenStacks(await readPlan(options), options.stacks), options, verb === 'synth' ? ['--quiet'] : []);
});
