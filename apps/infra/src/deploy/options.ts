import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { beerLake } from '@data-master/beer-lake';
import { loadLakeConfig } from '@data-master/lake-config';
import { readArtifacts } from '../artifacts.ts';
import { stacksOf } from '../lake-parts.ts';
import { planLake, type LakePlan } from '../lake-plan.ts';

export const workspace = join(import.meta.dirname, '..', '..', '..', '..');
export const dist = join(workspace, 'dist');

/** What every program of infra understands. */
export interface DeployOptions {
  environment: string;
  config: string | undefined;
  /** Keys of stacks, such as `functions`; all when empty. */
  stacks: string[];
  yes: boolean;
  destroyData: boolean;
  positionals: string[];
}

export function readOptions(parameters: readonly string[] = process.argv.slice(2)): DeployOptions {
  const { values, positionals } = parseArgs({
    args: [...parameters],
    allowPositionals: true,
    options: {
      environment: { type: 'string', default: process.env['DM_ENVIRONMENT'] ?? 'dev' },
      config: { type: 'string' },
      stack: { type: 'string', multiple: true, default: [] },
      yes: { type: 'boolean', default: false },
      'destroy-data': { type: 'boolean', default: false },
    },
  });
  return { environment: values.environment, config: values.config, stacks: values.stack.flatMap((each) => each.split(',')).filter(Boolean), yes: values.yes, destroyData: values['destroy-data'], positionals };
}

/** The plan that the options mean, with what is built in this workspace. */
export async function readPlan({ environment, config }: Pick<DeployOptions, 'environment' | 'config'>): Promise<LakePlan> {
  return planLake(await loadLakeConfig({ folder: workspace, file: config ?? process.env['DM_CONFIG'] }), environment, beerLake, readArtifacts(dist));
}

/** The chosen stacks by name; Error for one that the environment does not have. `dm-functions` and `functions` mean the same. */
export function chosenStacks(lake: LakePlan, stacks: readonly string[]): string[] {
  const known = stacksOf(lake).map((key) => lake.names.stacks[key]);
  return stacks.map((stack) => {
    const name = stack.startsWith(`${lake.prefix}-`) ? stack : `${lake.prefix}-${stack}`;
    if (!known.includes(name)) throw new Error(`stack ${stack} is not in this environment; expected one of ${known.join(', ')}`);
    return name;
  });
}

/** Tells the person at the keyboard. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Ends the program as its work ends: a refusal is told without a stack trace. */
export async function runProgram(work: () => Promise<number | void>): Promise<void> {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
