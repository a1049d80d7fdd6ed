import { readOptions, readPlan, runProgram } from '../deploy/options.ts';
import { examine, everyCheck } from './refusal.ts';
import { formatFinding } from './finding.ts';

/** Says what stands in the way of a deployment; exit code 1 when something does. Changes nothing. */
await runProgram(async () => {
  const lake = await readPlan(readOptions());
  const found = await examine(lake);
  for (const name of everyCheck) {
    const findings = found[name];
    const state = findings === undefined ? 'not looked at' : findings.length === 0 ? 'ok' : findings.map((finding) => `\n  - ${formatFinding(finding)}`).join('');
    process.stdout.write(`${name}: ${state}\n`);
  }
  return everyCheck.every((name) => found[name]?.length === 0) ? 0 : 1;
});
