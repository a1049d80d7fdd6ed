import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const folder = join(import.meta.dirname, '..');

test('the example of the README runs and prints what it says', async () => {
  const readme = await readFile(join(folder, 'README.md'), 'utf8');
  const program = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const promised = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, line]) => line);
  expect(promised.length).toBeGreaterThan(3);
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module-typescript', '--eval', program], { cwd: folder, env });
  expect(stdout.trim().split('\n')).toEqual(promised);
});
