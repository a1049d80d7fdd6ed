import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BUDGET_BYTES, formatTable, measureStartUp } from './bundle-table.mjs';
import { bundleApp } from './bundle.mjs';
import { placeDuckDb } from './duckdb-layer.mjs';

const lambdas = ['processing-controller', 'bronze-ingestor-lite', 'refinement-planner', 'event-validator', 'event-writer', 'brewery-extractor-function'];
const tasks = ['bronze-worker', 'silver-worker', 'gold-worker', 'replication-task'];
const lambdasWithoutDuckDb = ['processing-controller', 'refinement-planner', 'event-validator', 'event-writer', 'brewery-extractor-function'];
const withoutDuckDb = [...lambdasWithoutDuckDb, 'replication-task'];

describe('the bundles of the apps', () => {
  let dist;
  const bundles = {};
  beforeAll(async () => {
    // Outside of the repository nothing resolves by accident.
    dist = mkdtempSync(join(tmpdir(), 'bundles-'));
    for (const name of [...lambdas, ...tasks]) bundles[name] = await bundleApp(name, dist);
  }, 180_000);
  afterAll(() => rmSync(dist, { recursive: true, force: true }));

  it('keep within the budget', () => {
    expect(formatTable(Object.values(bundles).map((bundle) => ({ ...bundle, startUpMs: 0 }))).complaints).toEqual([]);
  });

  it('are one module each, their source maps apart', () => {
    for (const name of lambdas) expect(readdirSync(join(dist, 'lambda', name))).toEqual(['handler.mjs']);
    for (const name of tasks) expect(readdirSync(join(dist, 'task', name))).toEqual(['main.mjs']);
    for (const name of [...lambdas, ...tasks]) expect(JSON.parse(readFileSync(join(dist, 'maps', `${name}.mjs.map`), 'utf8')).version).toBe(3);
  });

  it('hold nothing that the app does not use', () => {
    expect(Object.keys(bundles).filter((name) => !bundles[name].native).sort()).toEqual([...withoutDuckDb].sort());
    for (const { packages } of Object.values(bundles)) expect(Object.keys(packages)).not.toContain('@dsnp/parquetjs');
    expect(Object.keys(bundles['processing-controller'].packages)).not.toContain('@aws-sdk/client-glue');
    expect(Object.keys(bundles['gold-worker'].packages)).not.toContain('@aws-sdk/client-secrets-manager');
  });

  it('are the same bytes when nothing changed', async () => {
    const digest = (name) => createHash('sha256').update(readFileSync(join(dist, bundles[name].file))).digest('hex');
    const before = digest('processing-controller');
    await bundleApp('processing-controller', dist);
    expect(digest('processing-controller')).toBe(before);
  });

  it.each(withoutDuckDb)('%s starts with nothing beside it', (name) => {
    expect(measureStartUp(bundles[name], dist, 1)).toBeGreaterThan(0);
  });

  it('find DuckDB in the layer, and say what is missing without it', () => {
    placeDuckDb(join(dist, 'layer', 'nodejs'), process.arch);
    const start = (NODE_PATH) => spawnSync(process.execPath, [join(dist, bundles['silver-worker'].file)], { encoding: 'utf8', env: NODE_PATH ? { NODE_PATH } : {} });
    expect(start(join(dist, 'layer', 'nodejs', 'node_modules')).stderr).toContain('DM_PLAN_KEY is not set');
    expect(start().stderr).toContain("Cannot find module '@duckdb/node-api'");
  });
});

describe('the table of bundles', () => {
  const bundle = { name: 'some-lambda', kind: 'lambda', sizeBytes: 900_000, native: false, startUpMs: 81.6, packages: { zod: 500_000, pino: 20 } };

  it('shows size and start-up and complains of what is beyond the budget, naming its largest parts', () => {
    const { text, complaints } = formatTable([bundle, { ...bundle, name: 'large', kind: 'task', native: true, sizeBytes: BUDGET_BYTES + 1 }]);
    expect(text.split('\n')).toEqual([
      'bundle       kind    size             start-up  beside it',
      'some-lambda  lambda  900 of 1500 KB   82 ms',
      'large        task    1501 of 1500 KB  82 ms     DuckDB',
    ]);
    expect(complaints).toEqual([`large has ${BUDGET_BYTES + 1} bytes; expected at most ${BUDGET_BYTES}; its largest parts: zod 500000, pino 20`]);
  });

  it('refuses a bundle that does not load', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
    try {
      writeFileSync(join(folder, 'handler.mjs'), "import './missing.mjs';");
      expect(() => measureStartUp({ kind: 'lambda', name: 'none', file: 'handler.mjs' }, folder, 1)).toThrow(/handler\.mjs cannot be imported/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
