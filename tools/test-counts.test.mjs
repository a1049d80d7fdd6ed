import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closingLine, sumResults } from './test-counts.mjs';

describe('the closing line', () => {
  let resultsFolder;
  beforeEach(() => (resultsFolder = mkdtempSync(join(tmpdir(), 'test-counts-'))));
  afterEach(() => rmSync(resultsFolder, { recursive: true }));

  const leave = (project, result) => writeFileSync(join(resultsFolder, `${project}.json`), typeof result === 'string' ? result : JSON.stringify(result));
  const sum = (projects, more = {}) => sumResults({ projects, resultsFolder, exitCode: 0, ...more });

  it('adds up what the projects left', () => {
    leave('a', { passed: 3, failed: 0, skipped: 1, skippedTests: ['later'] });
    leave('b', { passed: 4, failed: 2, skipped: 0, skippedTests: [] });
    expect(closingLine(sum(['a', 'b'], { exitCode: 1 }).counts)).toBe('tests: 7 passed, 2 failed, 1 skipped');
  });

  it.each(['', '{"passed":1}', '{"passed":"1","failed":0,"skipped":0,"skippedTests":[]}'])('counts a result file that holds %j as a failure', (text) => {
    leave('a', text);
    expect(sum(['a'])).toMatchObject({ counts: { passed: 0, failed: 1 }, complaints: [expect.stringContaining('a: its tests left no result')] });
  });

  it('counts a project without a result file as a failure', () => {
    expect(sum(['gone']).counts.failed).toBe(1);
  });

  it('ignores what other projects left', () => {
    leave('a', { passed: 1, failed: 0, skipped: 0, skippedTests: [] });
    leave('old', { passed: 9, failed: 9, skipped: 9, skippedTests: [] });
    expect(sum(['a']).counts).toEqual({ passed: 1, failed: 0, skipped: 0 });
  });

  it('counts a run that broke off as a failure although no test failed', () => {
    leave('a', { passed: 1, failed: 0, skipped: 0, skippedTests: [] });
    expect(sum(['a'], { exitCode: 130 }).counts.failed).toBe(1);
  });

  it('turns a skip without a reason into a failure where skips need one', () => {
    leave('a', { passed: 1, failed: 0, skipped: 2, skippedTests: ['has a reason', 'has none'] });
    const { counts, complaints } = sum(['a'], { allowedSkips: { 'a: has a reason': 'needs a server' } });
    expect(counts).toEqual({ passed: 1, failed: 1, skipped: 1 });
    expect(complaints).toEqual([expect.stringContaining('has none')]);
  });
});
