import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const workspace = join(import.meta.dirname, '../../..');
const require = createRequire(import.meta.url);
const nx = join(dirname(require.resolve('nx/package.json')), (require('nx/package.json') as { bin: { nx: string } }).bin.nx);

/** The projects whose target `deploy` Nx runs after a change of a file. */
function deployedAfter(file: string): string[] {
  const { stdout, stderr, status } = spawnSync(process.execPath, [nx, 'show', 'projects', '--affected', `--files=${file}`, '--with-target=deploy', '--json'], {
    cwd: workspace, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '', NX_DAEMON: 'false', NX_TUI: 'false' },
  });
  if (status !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as string[]).sort();
}

describe('nx affected -t deploy', () => {
  test.each([
    ['the handler of one function deploys that function only', 'apps/processing-controller/src/handler.ts', ['processing-controller']],
    ['the handler of the router deploys that function only', 'apps/firehose-router/src/handler.ts', ['firehose-router']],
    ['the schema of an event deploys the validator, which brings the schemas along', 'schemas/review_posted/2.json', ['event-validator']],
    ['the entry of one worker deploys that worker only', 'apps/silver-worker/src/main.ts', ['silver-worker']],
    ['the Spark program deploys its package only', 'apps/spark-jobs/src/main.ts', ['spark-jobs']],
    ['the configuration of an app deploys it and the stacks, which set its environment', 'apps/refinement-planner/src/config.ts', ['infra', 'refinement-planner']],
    ['a stack deploys the stacks', 'apps/infra/src/stacks/dm-storage.ts', ['infra']],
    ['an environment deploys the stacks', 'dm.config.ts', ['infra']],
    ['a document deploys nothing', 'docs/aws.md', []],
  ])('changing %s', (_title, file, projects) => {
    expect(deployedAfter(file)).toEqual(projects);
  }, 60_000);
});
