import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findPython, prepareLocked } from '@data-master/spark/testing';
import { configurationNames, configurations, planOf, region, synthesize } from './testing/plans.ts';

const python = findPython(process.env);
if (python.missing !== undefined) process.stderr.write(`skipped: cfn-lint. ${python.missing}\n`);

/** The one rule that does not hold here: the zones are those of the configuration. */
const ignored = 'W3010';

(python.missing === undefined ? describe : describe.skip)('cfn-lint', () => {
  let folder: string;
  let lint: (file: string) => string;

  beforeAll(async () => {
    if (python.missing !== undefined) return;
    const prepared = await prepareLocked(python, { content: 'cfn-lint', requirements: join(import.meta.dirname, 'testing/requirements.txt') });
    folder = mkdtempSync(join(tmpdir(), 'dm-cfn-lint-'));
    lint = (files) => {
      const { stdout, stderr, status } = spawnSync(join(dirname(prepared.python), 'cfn-lint'), ['--format', 'parseable', '--regions', region, '--ignore-checks', ignored, '--', files], { encoding: 'utf8' });
      return status === 0 ? '' : `${stdout}${stderr}`;
    };
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, templates: Record<string, unknown>): string => {
    for (const [stack, template] of Object.entries(templates)) writeFileSync(join(folder, `${name}-${stack}.json`), JSON.stringify(template, undefined, 1));
    return join(folder, `${name}-*.json`);
  };

  test.each(configurationNames)('finds nothing in the %s configuration', (name) => {
    expect(lint(write(name, synthesize(planOf(configurations[name]))))).toBe('');
  }, 300_000);

  test('would find a property that does not exist', () => {
    expect(lint(write('wrong', { stack: { Resources: { Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketNaem: 'x' } } } } }))).toContain('BucketNaem');
  }, 60_000);
});
