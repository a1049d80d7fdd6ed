import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runDm } from './testing/run-dm.ts';

let root: string;
let project: string;
let changes = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dm-config-'));
  project = join(root, 'project');
  await mkdir(project);
  await writeFile(join(root, 'other.ts'), "export default { engine: 'auto' };\n");
});
afterAll(() => rm(root, { recursive: true, force: true }));

const configure = (text: string): Promise<void> => writeFile(join(project, 'dm.config.ts'), text);
const dm = (args: readonly string[], env: Record<string, string> = {}) => runDm([...args, '--home', join(root, 'lake')], { DM_KEYS: join(root, 'keys'), ...env }, project);

/** Why the engine of the last plan was chosen, after a change was brought in. */
async function reasonOf(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const file = join(root, 'brewery.csv');
  await writeFile(file, `brewery_id,brewery_name\n${(changes += 1)},One\n`);
  expect(await dm(['ingest', file, '--table', 'brewery', ...args], env)).toMatchObject({ exitCode: 0 });
  const log = (await readFile(join(root, 'lake', 'logs', 'lake.ndjson'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as Record<string, string>);
  const { engine, reason } = log.findLast((entry) => Object.values(entry).includes('engine.chosen'))!;
  return `${engine}: ${reason === 'configured' ? 'configured' : 'by size'}`;
}

describe('where the settings of dm come from', () => {
  test('the command line goes before the environment, that before dm.config.ts of the current folder, that before the default', async () => {
    expect(await reasonOf([])).toBe('duckdb: by size');
    await configure("const engine: string = 'duckdb';\nexport default { engine };\n");
    expect(await reasonOf([])).toBe('duckdb: configured');
    expect(await reasonOf([], { DM_ENGINE: 'auto' })).toBe('duckdb: by size');
    expect(await reasonOf(['--engine', 'duckdb'], { DM_ENGINE: 'auto' })).toBe('duckdb: configured');
  });

  test('--config names another file, and goes before DM_CONFIG', async () => {
    expect(await reasonOf(['--config', join(root, 'other.ts')])).toBe('duckdb: by size');
    expect(await reasonOf([], { DM_CONFIG: '../other.ts' })).toBe('duckdb: by size');
    expect(await reasonOf(['--config', 'dm.config.ts'], { DM_CONFIG: '../other.ts' })).toBe('duckdb: configured');
  });

  test.each([
    ['an unknown key', "export default { motor: 'spark' };", [], {}, 'motor is no setting; expected one of prefix, engine, maintenance, environments'],
    ['a value that does not fit', "export default { maintenance: { manifests: 'many' } };", [], {}, 'maintenance.manifests is "many"; expected'],
    ['a file that does not run', 'export default {;', [], {}, 'does not run'],
    ['a file that is not there', 'export default {};', ['--config', 'nowhere.ts'], {}, 'nowhere.ts does not exist'],
    ['a wrong variable', 'export default {};', [], { DM_ENGINE: 'motor' }, 'DM_ENGINE is "motor"; expected'],
  ])('%s is refused with a message that names it', async (_what, text, args, env, message) => {
    await configure(`${text}\n`);
    const { exitCode, stderr } = await dm(['status', ...args], env);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(stderr).not.toContain('    at ');
  });
});
