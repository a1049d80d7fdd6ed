import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Jest reporter: writes a project's counts to `.test-results/<project>.json`, from which the closing line is summed. */
export default class TestResults {
  constructor(globalConfig) {
    this.rootDir = globalConfig.rootDir;
  }

  onRunComplete(_contexts, results) {
    const folder = join(import.meta.dirname, '..', '.test-results');
    mkdirSync(folder, { recursive: true });
    const skippedTests = results.testResults
      .flatMap((file) => file.testResults)
      .filter(({ status }) => status === 'pending' || status === 'todo' || status === 'skipped' || status === 'disabled')
      .map(({ fullName }) => fullName);
    const counts = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
      skippedTests,
    };
    writeFileSync(join(folder, `${basename(this.rootDir)}.json`), `${JSON.stringify(counts)}\n`);
  }
}
