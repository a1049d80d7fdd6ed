import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Sums the result files of `projects`. A project without a readable file counts as one failure, as does a run that ended
 * badly although no test failed. With `allowedSkips` ({"project: test title": "reason"}) every other skip is a failure.
 */
export function sumResults({ projects, resultsFolder, allowedSkips, exitCode }) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const complaints = [];
  for (const project of projects) {
    const result = readResult(resultsFolder, project);
    if (!result) {
      counts.failed += 1;
      complaints.push(`${project}: its tests left no result, which counts as a failure (no tests, or the runner broke off: see above)`);
      continue;
    }
    const refused = allowedSkips ? result.skippedTests.filter((title) => !allowedSkips[`${project}: ${title}`]) : [];
    for (const title of refused) complaints.push(`${project}: skipped without a reason in tools/allowed-skips.json: ${title}`);
    counts.passed += result.passed;
    counts.failed += result.failed + refused.length;
    counts.skipped += result.skipped - refused.length;
  }
  if (exitCode !== 0 && counts.failed === 0) {
    counts.failed += 1;
    complaints.push(`the test run ended with code ${exitCode} although no test failed: see above`);
  }
  if (projects.length === 0) complaints.push('no package was chosen: expected at least one with tests');
  return { counts, complaints };
}

/** Returns the line that ends every test run. */
export function closingLine({ passed, failed, skipped }) {
  return `tests: ${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function readResult(folder, project) {
  try {
    const result = JSON.parse(readFileSync(join(folder, `${project}.json`), 'utf8'));
    const wellFormed = [result.passed, result.failed, result.skipped].every(Number.isInteger) && Array.isArray(result.skippedTests);
    return wellFormed ? result : undefined;
  } catch {
    return undefined;
  }
}
