import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { defineConfig, emitConfigReference, exampleAccount, LakeConfigError, loadLakeConfig, parseLakeConfig } from './index.ts';

const defaults = parseLakeConfig({}, 'nothing');

describe('a configuration', () => {
  test('is filled up with defaults, within its sections too', () => {
    const config = parseLakeConfig(defineConfig({ engine: 'spark', maintenance: { snapshotsKept: 7 } }), 'file');
    expect(config).toEqual({ ...defaults, engine: 'spark', maintenance: { ...defaults.maintenance, snapshotsKept: 7 } });
    expect(defaults).toMatchObject({ prefix: 'dm', engine: 'auto', environments: {}, maintenance: { afterCommit: true } });
  });

  test.each<[unknown, string]>([
    [{ motor: 'spark' }, '- motor is no setting; expected one of prefix, engine, maintenance, environments; correct or remove it'],
    [{ maintenance: { snapshots: 3 } }, '- maintenance.snapshots is no setting; expected one of afterCommit, smallFilesPerPartition,'],
    [{ environments: { dev: { account: '123456789012', region: 'eu-central-1', zone: 'a' } } }, '- environments.dev.zone is no setting; expected one of account, region'],
    [{ engine: 'duck' }, '- engine is "duck"; expected one of "auto"|"duckdb"|"spark"; correct it'],
    [{ maintenance: { snapshotsKept: 1 } }, '- maintenance.snapshotsKept is 1; expected number to be >=5; correct it'],
    [{ maintenance: { deleteRatio: 'much' } }, '- maintenance.deleteRatio is "much"; expected number'],
    [{ environments: { dev: { account: '12', region: 'eu-central-1' } } }, '- environments.dev.account is "12"; expected an AWS account number, twelve digits as text; correct it'],
    [{ environments: { dev: { region: 'eu-central-1' } } }, '- environments.dev.account is not set; expected string'],
    [{ environments: { Dev: { account: '123456789012', region: 'eu-central-1' } } }, '- environments.Dev is no name; expected lower-case letters, digits and dashes'],
    [{ prefix: 'DM' }, '- prefix is "DM"; expected one to ten lower-case letters and digits'],
    ['text', '- the configuration is "text"; expected object'],
  ])('%j is refused with what it is, what was expected and what to do', (config, message) => {
    expect(() => parseLakeConfig(config, 'dm.config.ts')).toThrow(LakeConfigError);
    expect(() => parseLakeConfig(config, 'dm.config.ts')).toThrow(message);
  });

  test('lists every wrong key at once', () => {
    expect(() => parseLakeConfig({ prefix: '', engine: 1, x: 1 }, 'f')).toThrow(/prefix[^]*engine[^]*- x is no setting/);
  });
});

describe('the configuration of a folder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dm-config-'));
    await writeFile(join(folder, 'dm.config.ts'), "type Engine = 'spark';\nconst engine: Engine = 'spark';\nexport default { engine };\n");
    await writeFile(join(folder, 'empty.ts'), 'export {};\n');
    await writeFile(join(folder, 'broken.ts'), 'export default {;\n');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is what dm.config.ts exports, or the default where there is none', async () => {
    expect((await loadLakeConfig({ folder })).engine).toBe('spark');
    expect(await loadLakeConfig({ folder: join(folder, 'nowhere') })).toEqual(defaults);
  });

  test.each([['missing.ts', 'does not exist'], ['empty.ts', 'has no default export'], ['broken.ts', 'does not run']])('%s is refused, as it %s', async (file, message) => {
    await expect(loadLakeConfig({ folder, file })).rejects.toThrow(message);
  });

  test('says at the root of the workspace what is the default anyway', async () => {
    const { environments, ...rest } = await loadLakeConfig({ folder: join(import.meta.dirname, '../../../..') });
    expect({ ...rest, environments: {} }).toEqual(defaults);
    expect(environments['dev']).toMatchObject({ account: exampleAccount });
  });
});

describe('the reference', () => {
  test('has a row for every setting, with its values and its default', () => {
    const reference = emitConfigReference();
    for (const row of [
      '| `engine` | `"auto"`, `"duckdb"`, `"spark"` | `"auto"` |',
      '| `maintenance.afterCommit` | `true`, `false` | `true` |',
      '| `maintenance.deleteRatio` | number above 0 to 1 | `0.1` |',
      '| `environments.<name>.account` | text like `^\\d{12}$` | required |',
    ]) expect(reference).toContain(row);
  });
});
