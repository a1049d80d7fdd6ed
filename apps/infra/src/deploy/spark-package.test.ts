import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { newestPackage } from './spark-package.ts';

let packages: string;

beforeEach(() => {
  packages = mkdtempSync(join(tmpdir(), 'dm-packages-'));
});
afterEach(() => rmSync(packages, { recursive: true }));

function build(name: string, atSeconds: number): void {
  const file = join(packages, name, 'main.py');
  mkdirSync(join(packages, name), { recursive: true });
  writeFileSync(file, '');
  utimesSync(file, atSeconds, atSeconds);
}

test('the package that was built last is deployed, also when it is an earlier one that was built again', () => {
  build('first', 1_000);
  build('second', 2_000);
  expect(newestPackage(packages)).toBe(join(packages, 'second'));
  build('first', 3_000);
  expect(newestPackage(packages)).toBe(join(packages, 'first'));
});

test('there is no package where none was built or one is cut short', () => {
  expect(newestPackage(join(packages, 'missing'))).toBeUndefined();
  mkdirSync(join(packages, 'cut'));
  expect(newestPackage(packages)).toBeUndefined();
});
