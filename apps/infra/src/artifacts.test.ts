import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readArtifacts } from './artifacts.ts';

let dist: string;

beforeEach(async () => {
  dist = await mkdtemp(join(tmpdir(), 'dm-dist-'));
  await mkdir(join(dist, 'lambda', 'ingestor'), { recursive: true });
  await mkdir(join(dist, 'maps'));
  await writeFile(join(dist, 'lambda', 'ingestor', 'handler.mjs'), 'export {};');
});
afterEach(() => rm(dist, { recursive: true }));

test('a bundle that needs no native code is complete by itself', async () => {
  await writeFile(join(dist, 'maps', 'ingestor.json'), '{"native":false}');
  const artifacts = readArtifacts(dist);
  expect([artifacts.bundle('ingestor')?.layers, artifacts.lacksLayer('ingestor'), artifacts.bundle('other'), artifacts.lacksLayer('other')]).toEqual([[], false, undefined, false]);
});

test('a bundle that needs native code is complete with its layer only', async () => {
  await writeFile(join(dist, 'maps', 'ingestor.json'), '{"native":true}');
  expect([readArtifacts(dist).bundle('ingestor'), readArtifacts(dist).lacksLayer('ingestor')]).toEqual([undefined, true]);
  await mkdir(join(dist, 'layer', 'duckdb'), { recursive: true });
  expect([readArtifacts(dist).bundle('ingestor')?.layers.length, readArtifacts(dist).lacksLayer('ingestor')]).toEqual([1, false]);
});
