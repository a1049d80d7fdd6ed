import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { hashFolder, readArtifacts } from './artifacts.ts';
import { planOf, synthesize } from './testing/plans.ts';

let dist: string;
beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'dm-dist-'));
});
afterEach(() => rmSync(dist, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(dist, path, '..'), { recursive: true });
  writeFileSync(join(dist, path), text);
}

describe('artifacts', () => {
  test('that are not built are marked as such in the templates', () => {
    const text = JSON.stringify(synthesize(planOf({}, readArtifacts(dist))));
    expect(text.match(/"Key":"dm-code","Value":"unbuilt"/g)).toHaveLength(3);
    expect(text.match(/-mass:unbuilt"/g)).toHaveLength(3);
  });

  test('go into the templates by their content: code as an asset, an image by its tag', () => {
    write('lambda/refinement-planner/handler.mjs', 'export const handler = () => 1;\n');
    write('images/gold-worker.json', '{"repository":"dm-gold-analytics-mass","tag":"0123abcd"}');
    const artifacts = readArtifacts(dist);
    const text = JSON.stringify(synthesize(planOf({}, artifacts)));
    expect(text).toContain(`"Key":"dm-code","Value":"${artifacts.bundle('refinement-planner')!.contentHash}"`);
    expect(text).toContain('/dm-gold-analytics-mass:0123abcd"');
  });

  test('that need DuckDB are not built without its layer', () => {
    write('lambda/bronze-ingestor-lite/handler.mjs', 'x');
    write('maps/bronze-ingestor-lite.json', '{"native":true}');
    expect(readArtifacts(dist).bundle('bronze-ingestor-lite')).toBeUndefined();
    write('layer/duckdb/nodejs/node_modules/x/index.js', 'x');
    expect(readArtifacts(dist).bundle('bronze-ingestor-lite')?.layers).toHaveLength(1);
    expect(JSON.stringify(synthesize(planOf({}, readArtifacts(dist)))['dm-functions'])).toContain('AWS::Lambda::LayerVersion');
  });

  test('are told apart by names and contents, and by nothing else', () => {
    write('a/one.txt', 'x');
    write('b/one.txt', 'x');
    utimesSync(join(dist, 'b/one.txt'), 0, 0);
    expect(hashFolder(join(dist, 'a'))).toBe(hashFolder(join(dist, 'b')));
    write('b/two.txt', '');
    expect(hashFolder(join(dist, 'a'))).not.toBe(hashFolder(join(dist, 'b')));
  });
});
