import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runDm } from '../testing/run-dm.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dm-aws-'));
  await writeFile(join(folder, 'own.ts'), "export default { environments: { dev: { account: '000000000000', region: 'eu-central-1' } } };\n");
  await writeFile(join(folder, 'wrong.ts'), "export default { environments: { dev: { account: '12', region: 'eu-central-1' } } };\n");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('dm doctor --aws', () => {
  test('says what stands in the way, with the remedy, and ends with 1', async () => {
    const { exitCode, stdout } = await runDm(['doctor', '--aws', '--config', 'own.ts'], {}, folder);
    expect(stdout).toContain('configuration: \n  - found account 000000000000, which stands for none; expected your account; name it under environments of dm.config.ts');
    expect(stdout).toContain('stacks: not looked at');
    expect(exitCode).toBe(1);
  });

  test.each([
    ['an environment that is not configured', ['--environment', 'prod', '--config', 'own.ts'], 'environment prod is not in the configuration; expected one of dev'],
    ['a configuration that is invalid', ['--config', 'wrong.ts'], 'environments.dev.account is "12"; expected an AWS account number, twelve digits as text'],
  ])('refuses %s', async (_title, parameters, message) => {
    const { exitCode, stderr } = await runDm(['doctor', '--aws', ...parameters], {}, folder);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(1);
  });

  test('is not understood without saying what to look at', async () => {
    expect((await runDm(['doctor'], {}, folder)).exitCode).toBe(2);
  });
});
